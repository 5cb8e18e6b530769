import java.io.PrintStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** The contract of README.md, by the AWS SDK for Java v2. */
final class Contract {
    private static final int MIB = 1024 * 1024;
    private static final String ODD = "a b+c/é&?%20=~'\"<>#.txt";
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private final String bucket;
    private final S3Client s3;

    private Contract(String bucket, S3Client s3) {
        this.bucket = bucket;
        this.s3 = s3;
    }

    public static void main(String[] arguments) throws Exception {
        try (S3Client s3 = S3Client.builder().forcePathStyle(true).build();
                S3AsyncClient parts = S3AsyncClient.builder().forcePathStyle(true).multipartEnabled(true).build();
                S3Presigner presigner = S3Presigner.builder().s3Client(s3).build()) {
            new Contract(arguments[0], s3).run(parts, presigner);
        }
    }

    private void run(S3AsyncClient parts, S3Presigner presigner) throws Exception {
        s3.createBucket(request -> request.bucket(bucket));
        s3.putObject(
                request -> request.bucket(bucket).key("small").contentType("text/plain").metadata(Map.of("owner", "alice")),
                RequestBody.fromString("hello"));
        byte[] large = new byte[11 * MIB];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (i % 251);
        }
        parts.putObject(request -> request.bucket(bucket).key("large"), AsyncRequestBody.fromBytes(large)).join();

        ResponseBytes<GetObjectResponse> small = get("small", null);
        GetObjectResponse head = small.response();
        tell("small", small.asUtf8String() + " " + head.contentType() + " " + head.metadata().get("owner"));
        byte[] back = get("large", null).asByteArray();
        tell("large", Arrays.equals(large, back) ? back.length : 0);
        String range = "bytes=" + (5 * MIB - 1) + "-" + (5 * MIB + 1);
        tell("range", HexFormat.of().formatHex(get("large", range).asByteArray()));

        put(ODD, "odd");
        tell("odd", get(ODD, null).asUtf8String());

        List<String> many = IntStream.range(0, 25).mapToObj(i -> String.format("many/%02d", i)).toList();
        many.forEach(key -> put(key, key));
        List<List<String>> pages = list();
        tell("pages", pages.size());
        tell("listed", String.join(" ", pages.stream().flatMap(List::stream).toList()));

        s3.copyObject(copy -> copy.sourceBucket(bucket).sourceKey("small").destinationBucket(bucket).destinationKey("copy"));
        tell("copy", get("copy", null).asUtf8String());
        List<ObjectIdentifier> all = many.stream().map(key -> ObjectIdentifier.builder().key(key).build()).toList();
        s3.deleteObjects(request -> request.bucket(bucket).delete(delete -> delete.objects(all)));
        tell("left", list().stream().mapToInt(List::size).sum());

        var signed = presigner.presignGetObject(request -> request.signatureDuration(Duration.ofMinutes(1))
                .getObjectRequest(object -> object.bucket(bucket).key(ODD)));
        HttpRequest plain = HttpRequest.newBuilder(signed.url().toURI()).build();
        tell("presigned", HttpClient.newHttpClient().send(plain, BodyHandlers.ofString()).body());
        tell("missing", codeOf(() -> get("missing", null)));
        tell("conditional", codeOf(() -> s3.putObject(
                request -> request.bucket(bucket).key("small").ifNoneMatch("*"), RequestBody.fromString("again"))));
    }

    private void put(String key, String body) {
        s3.putObject(request -> request.bucket(bucket).key(key), RequestBody.fromString(body));
    }

    private ResponseBytes<GetObjectResponse> get(String key, String range) {
        return s3.getObjectAsBytes(request -> request.bucket(bucket).key(key).range(range));
    }

    private List<List<String>> list() {
        List<List<String>> pages = new ArrayList<>();
        for (ListObjectsV2Response page :
                s3.listObjectsV2Paginator(request -> request.bucket(bucket).prefix("many/").maxKeys(10))) {
            pages.add(page.contents().stream().map(S3Object::key).toList());
        }
        return pages;
    }

    private static String codeOf(Runnable call) {
        try {
            call.run();
        } catch (S3Exception refusal) {
            return refusal.awsErrorDetails().errorCode();
        }
        return "none";
    }

    private static void tell(String step, Object found) {
        OUT.println(step + "\t" + found);
    }
}
