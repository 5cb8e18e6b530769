import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** Gives tests a client of S3, whose server starts at the first need and ends with the test run. */
public final class FakeS3 implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == S3Client.class;
    }

    @Override
    public S3Client resolveParameter(ParameterContext parameter, ExtensionContext context) {
        var store = context.getRoot().getStore(ExtensionContext.Namespace.GLOBAL);
        return store.getOrComputeIfAbsent(Server.class).client;
    }

    /** JUnit closes it after the last test. */
    static final class Server implements AutoCloseable {
        private final Process process;
        final S3Client client;

        Server() {
            try {
                process = new ProcessBuilder("fakes3", "serve", "--port", "0", "--until-eof")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
                String line = process.inputReader().readLine(); // fakes3 serves S3 at http://127.0.0.1:40123
                client = S3Client.builder()
                        .endpointOverride(URI.create(line.substring(line.indexOf("http"))))
                        .forcePathStyle(true)
                        .region(Region.US_EAST_1)
                        .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                        .build();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            process.getOutputStream().close(); // the server's input, at whose end it ends
        }
    }
}
