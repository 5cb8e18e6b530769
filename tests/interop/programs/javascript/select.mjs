// Selects records of an object that is there, and prints them; of what goes wrong in the stream, the name of the error.
import { S3Client, SelectObjectContentCommand } from "@aws-sdk/client-s3";

const client = new S3Client({ region: "us-east-1" });
for (const Expression of process.argv.slice(2)) {
  const selected = await client.send(
    new SelectObjectContentCommand({
      Bucket: "data",
      Key: "people.csv",
      Expression,
      ExpressionType: "SQL",
      InputSerialization: { CSV: { FileHeaderInfo: "USE" } },
      OutputSerialization: { JSON: {} },
    }),
  );
  try {
    for await (const event of selected.Payload) {
      if (event.Records) process.stdout.write(Buffer.from(event.Records.Payload).toString());
      else if (event.Stats) console.log(`returned ${event.Stats.Details.BytesReturned}`);
      else console.log(Object.keys(event)[0]);
    }
  } catch (error) {
    console.log(error.name);
  }
}
