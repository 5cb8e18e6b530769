# fakes3 as a server. Build the wheel first: python -m build --wheel
#
#   docker run -p 9000:9000 fakes3 --account 111122223333:alice:alices-secret
#
# Inside a container the server listens on all of its addresses, so the admin API needs a token: pass FAKES3_ADMIN_TOKEN.
FROM python:3.13-slim
COPY dist/*.whl /tmp/
RUN pip install --no-cache-dir "$(ls /tmp/*.whl)[server]" && rm /tmp/*.whl && useradd --no-create-home fakes3
USER fakes3
EXPOSE 9000
HEALTHCHECK --interval=2s --timeout=2s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9000/_fakes3/health')"]
ENTRYPOINT ["fakes3", "serve", "--host", "0.0.0.0"]
