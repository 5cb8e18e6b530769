// The contract of README.md, by MinIO's client for JavaScript.
import { Readable } from "node:stream";

import * as Minio from "minio";

const MIB = 1024 ** 2;
const ODD = `a b+c/é&?%20=~'"<>#.txt`;
const bucket = process.argv[2];
const endpoint = new URL(process.env.AWS_ENDPOINT_URL);
const s3 = new Minio.Client({
  endPoint: endpoint.hostname,
  port: Number(endpoint.port),
  useSSL: false,
  region: process.env.AWS_REGION,
  accessKey: process.env.AWS_ACCESS_KEY_ID,
  secretKey: process.env.AWS_SECRET_ACCESS_KEY,
  partSize: 5 * MIB,
});

const tell = (step, found) => console.log(`${step}\t${found}`);
const read = async (stream) => Buffer.concat(await stream.toArray());
const text = async (key) => (await read(await s3.getObject(bucket, key))).toString();
const codeOf = (promise) => promise.then(() => "none", (error) => error.code);
const list = async () => (await s3.listObjectsV2(bucket, "many/", true).toArray()).map((each) => each.name);

await s3.makeBucket(bucket, process.env.AWS_REGION);
await s3.putObject(bucket, "small", "hello", 5, { "Content-Type": "text/plain", owner: "alice" });
const large = Buffer.from(Uint8Array.from({ length: 11 * MIB }, (_, i) => i % 251));
const pieces = Array.from({ length: 11 }, (_, i) => large.subarray(i * MIB, (i + 1) * MIB));
await s3.putObject(bucket, "large", Readable.from(pieces), large.length);

const stat = await s3.statObject(bucket, "small");
tell("small", [await text("small"), stat.metaData["content-type"], stat.metaData.owner].join(" "));
const back = await read(await s3.getObject(bucket, "large"));
tell("large", back.equals(large) ? back.length : 0);
tell("range", (await read(await s3.getPartialObject(bucket, "large", 5 * MIB - 1, 3))).toString("hex"));

await s3.putObject(bucket, ODD, "odd");
tell("odd", await text(ODD));

const many = Array.from({ length: 25 }, (_, i) => `many/${String(i).padStart(2, "0")}`);
await Promise.all(many.map((key) => s3.putObject(bucket, key, key)));
tell("listed", (await list()).join(" "));

await s3.copyObject(bucket, "copy", `/${bucket}/small`, new Minio.CopyConditions());
tell("copy", await text("copy"));
await s3.removeObjects(bucket, many);
tell("left", (await list()).length);

tell("presigned", await (await fetch(await s3.presignedGetObject(bucket, ODD, 60))).text());
tell("missing", await codeOf(s3.getObject(bucket, "missing")));
