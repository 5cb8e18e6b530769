import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** Writes and reads an object in each region, as the environment leads the SDK: it names no endpoint. */
final class Regions {
    public static void main(String[] regions) {
        for (String region : regions) {
            try (S3Client s3 = S3Client.builder().region(Region.of(region)).build()) {
                String bucket = "java-in-" + region;
                s3.createBucket(create -> {
                    create.bucket(bucket);
                    if (!region.equals("us-east-1")) {
                        create.createBucketConfiguration(placed -> placed.locationConstraint(region));
                    }
                });
                s3.putObject(put -> put.bucket(bucket).key("a b"), RequestBody.fromString("from Java"));
                System.out.println(region + ": " + s3.getObjectAsBytes(get -> get.bucket(bucket).key("a b")).asUtf8String());
            }
        }
    }
}
