import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

@ExtendWith(FakeS3.class)
class LetterTest {
    @Test
    void letterIsKept(S3Client s3) {
        s3.createBucket(request -> request.bucket("inbox"));
        s3.putObject(request -> request.bucket("inbox").key("letter"), RequestBody.fromString("hello"));
        assertEquals("hello", s3.getObjectAsBytes(request -> request.bucket("inbox").key("letter")).asUtf8String());
    }
}
