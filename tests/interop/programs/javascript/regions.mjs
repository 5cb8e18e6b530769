// Writes and reads an object in each region, as the environment leads the SDK: it names no endpoint.
import { S3Client, CreateBucketCommand, PutObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";

for (const region of process.argv.slice(2)) {
  const client = new S3Client({ region });
  const Bucket = `js-in-${region}`;
  const placed = region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region } };
  await client.send(new CreateBucketCommand({ Bucket, ...placed }));
  await client.send(new PutObjectCommand({ Bucket, Key: "a b", Body: "from JavaScript" }));
  const got = await client.send(new GetObjectCommand({ Bucket, Key: "a b" }));
  console.log(`${region}: ${await got.Body.transformToString()}`);
}
