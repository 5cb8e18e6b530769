"""The loaders of botocore's sessions share what they read from botocore's own files, and nothing else."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import JSONFileLoader, Loader

from fakes3 import mock_s3
from fakes3.doors.botocore_loader import make_session


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """The files that loaders read."""
    paths: list[str] = []
    really_load = JSONFileLoader.load_file

    def load_file(loader: JSONFileLoader, path: str) -> Any:
        paths.append(path)
        return really_load(loader, path)

    monkeypatch.setattr(JSONFileLoader, "load_file", load_file)
    return paths


@pytest.fixture
def models(tmp_path) -> Path:
    """A folder with the model of a service that only this program has."""
    folder = tmp_path / "models"
    version = folder / "pictures" / "2020-01-01"
    version.mkdir(parents=True)
    (version / "service-2.json").write_text(json.dumps({"metadata": {"serviceId": "Pictures"}, "operations": {}}))
    return folder


def loader_of(session: Any) -> Any:
    return session.get_component("data_loader")


def model_of_s3(loader: Any) -> Any:
    return loader.load_service_model("s3", "service-2")


class TestSharing:
    def test_files_are_read_once_for_all_mocks(self, reads):
        with mock_s3():
            boto3.client("s3")
        reads.clear()
        with mock_s3():
            boto3.client("s3")
        assert [] == reads

    def test_sessions_have_the_same_models(self):
        with mock_s3():
            one, another = botocore.session.Session(), botocore.session.Session()
            assert model_of_s3(loader_of(one)) is model_of_s3(loader_of(another))

    def test_loaders_are_botocores(self):
        with mock_s3():
            assert isinstance(loader_of(botocore.session.Session()), Loader)
            assert "s3" in boto3.session.Session().get_available_services()
            assert "s3" in boto3.session.Session().get_available_resources()

    def test_lists_may_be_changed(self):
        with mock_s3():
            boto3.session.Session().get_available_services().clear()
            loader_of(botocore.session.Session()).list_api_versions("s3", "service-2").clear()
            boto3.client("s3")
            assert ["2006-03-01"] == loader_of(botocore.session.Session()).list_api_versions("s3", "service-2")

    def test_sessions_of_fakes_share_too(self):
        with mock_s3():
            assert model_of_s3(loader_of(make_session())) is model_of_s3(loader_of(botocore.session.Session()))

    def test_threads_share(self):
        def work(_: int) -> Any:
            return model_of_s3(loader_of(botocore.session.Session()))

        with mock_s3(), ThreadPoolExecutor(4) as pool:
            assert 1 == len({id(model) for model in pool.map(work, range(8))})


class TestIsolation:
    """A loader with a search path of the program's own shares nothing."""

    def check(self, loader: Any) -> None:
        assert "pictures" in loader.list_available_services("service-2")
        assert "Pictures" == loader.load_service_model("pictures", "service-2")["metadata"]["serviceId"]
        other = loader_of(botocore.session.Session())
        assert model_of_s3(other) is not model_of_s3(loader)
        with pytest.raises(UnknownServiceError):
            other.load_service_model("pictures", "service-2")

    def test_named_in_the_environment(self, models, monkeypatch):
        with mock_s3():
            with monkeypatch.context() as patch:
                patch.setenv("AWS_DATA_PATH", str(models))
                loader = loader_of(botocore.session.Session())
            assert type(loader) is Loader
            self.check(loader)

    def test_named_in_the_configuration(self, models):
        with mock_s3():
            session = botocore.session.Session()
            session.set_config_variable("data_path", str(models))
            assert type(loader_of(session)) is Loader

    def test_added_to_the_search_paths(self, models):
        with mock_s3():
            loader = loader_of(botocore.session.Session())
            shared = model_of_s3(loader)
            loader.search_paths.insert(0, str(models))
            self.check(loader)
            loader.search_paths.pop(0)
            assert model_of_s3(loader) is shared

    def test_extras_of_the_program(self, models):
        extras = models / "s3" / "2006-03-01"
        extras.mkdir(parents=True)
        (extras / "service-2.sdk-extras.json").write_text(json.dumps({"merge": {"metadata": {"ours": True}}}))
        with mock_s3():
            loader = loader_of(botocore.session.Session())
            loader.search_paths.insert(0, str(models))
            assert model_of_s3(loader)["metadata"]["ours"]
            assert "ours" not in model_of_s3(loader_of(botocore.session.Session()))["metadata"]

    def test_models_of_the_user(self, models, monkeypatch):
        """`~/.aws/models` is a search path of every loader."""
        with mock_s3():
            model_of_s3(loader_of(botocore.session.Session()))
            monkeypatch.setattr(Loader, "CUSTOMER_DATA_PATH", str(models))
            loader = loader_of(botocore.session.Session())
            assert "pictures" in loader.list_available_services("service-2")
            assert model_of_s3(loader) is not model_of_s3(loader_of(botocore.session.Session()))

    def test_reader_of_the_program(self):
        class Reader(JSONFileLoader):
            pass

        with mock_s3():
            loader = loader_of(botocore.session.Session())
            loader.file_loader = Reader()
            assert model_of_s3(loader) is not model_of_s3(loader_of(botocore.session.Session()))


class TestAfterwards:
    def test_sessions_have_real_loaders_again(self):
        with mock_s3():
            during = loader_of(botocore.session.Session())
        after = loader_of(botocore.session.Session())
        assert Loader is type(after) is not type(during)
        assert model_of_s3(after) is not model_of_s3(during)
        assert model_of_s3(after)["metadata"] == model_of_s3(during)["metadata"]

    def test_loaders_from_before_are_left_alone(self):
        loader = loader_of(botocore.session.Session())
        before = model_of_s3(loader)
        with mock_s3():
            assert model_of_s3(loader) is before
