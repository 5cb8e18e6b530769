// The contract of README.md, by the AWS SDK for JavaScript v3.
import {
  CopyObjectCommand, CreateBucketCommand, DeleteObjectsCommand, GetObjectCommand, paginateListObjectsV2,
  PutObjectCommand, S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const MIB = 1024 ** 2;
const ODD = `a b+c/é&?%20=~'"<>#.txt`;
const Bucket = process.argv[2];
const s3 = new S3Client({ forcePathStyle: true, maxAttempts: 1 });

const tell = (step, found) => console.log(`${step}\t${found}`);
const put = (Key, Body, more = {}) => s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key, more = {}) => s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
const text = async (Key) => (await get(Key)).Body.transformToString();
const codeOf = (promise) => promise.then(() => "none", (error) => error.name);

async function list() {
  const pages = [];
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 10 }, { Bucket, Prefix: "many/" })) {
    pages.push((page.Contents ?? []).map((each) => each.Key));
  }
  return pages;
}

await s3.send(new CreateBucketCommand({ Bucket }));
await put("small", "hello", { ContentType: "text/plain", Metadata: { owner: "alice" } });
const large = Buffer.from(Uint8Array.from({ length: 11 * MIB }, (_, i) => i % 251));
await new Upload({ client: s3, params: { Bucket, Key: "large", Body: large }, partSize: 5 * MIB }).done();

const small = await get("small");
tell("small", [await small.Body.transformToString(), small.ContentType, small.Metadata.owner].join(" "));
const back = Buffer.from(await (await get("large")).Body.transformToByteArray());
tell("large", back.equals(large) ? back.length : 0);
const range = await get("large", { Range: `bytes=${5 * MIB - 1}-${5 * MIB + 1}` });
tell("range", await range.Body.transformToString("hex"));

await put(ODD, "odd");
tell("odd", await text(ODD));

const many = Array.from({ length: 25 }, (_, i) => `many/${String(i).padStart(2, "0")}`);
await Promise.all(many.map((key) => put(key, key)));
const pages = await list();
tell("pages", pages.length);
tell("listed", pages.flat().join(" "));

await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/small` }));
tell("copy", await text("copy"));
await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: many.map((Key) => ({ Key })) } }));
tell("left", (await list()).flat().length);

const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: ODD }), { expiresIn: 60 });
tell("presigned", await (await fetch(url)).text());
tell("missing", await codeOf(get("missing")));
tell("conditional", await codeOf(put("small", "again", { IfNoneMatch: "*" })));
