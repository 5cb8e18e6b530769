//! The contract of README.md, by the AWS SDK for Rust.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier};
use aws_sdk_s3::{config, Client};
use std::error::Error;
use std::fmt::Display;
use std::time::Duration;

const MIB: usize = 1 << 20;
const ODD: &str = "a b+c/é&?%20=~'\"<>#.txt";

type Outcome<T> = Result<T, Box<dyn Error>>;

struct Bucket {
    s3: Client,
    name: String,
}

impl Bucket {
    async fn put(&self, key: &str, body: &str) -> Result<PutObjectOutput, SdkError<PutObjectError>> {
        let body = ByteStream::from(body.as_bytes().to_vec());
        self.s3.put_object().bucket(&self.name).key(key).body(body).send().await
    }

    async fn get(&self, key: &str) -> Result<GetObjectOutput, SdkError<GetObjectError>> {
        self.s3.get_object().bucket(&self.name).key(key).send().await
    }

    async fn text(&self, key: &str) -> Outcome<String> {
        Ok(String::from_utf8(self.get(key).await?.body.collect().await?.to_vec())?)
    }

    /// Uploads a body in parts: this SDK has no manager of transfers.
    async fn upload(&self, key: &str, body: &[u8]) -> Outcome<()> {
        let create = self.s3.create_multipart_upload().bucket(&self.name).key(key);
        // Each part is sent with a CRC32 by default. S3 takes that in the list of parts only where it was declared.
        let begun = create.checksum_algorithm(ChecksumAlgorithm::Crc32).send().await?;
        let id = begun.upload_id().ok_or("no upload id")?;
        let mut parts = Vec::new();
        for (number, piece) in (1..).zip(body.chunks(5 * MIB)) {
            let upload = self.s3.upload_part().bucket(&self.name).key(key).upload_id(id).part_number(number);
            let sent = upload.body(ByteStream::from(piece.to_vec())).send().await?;
            let part = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag);
            parts.push(part.set_checksum_crc32(sent.checksum_crc32).build());
        }
        let whole = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = self.s3.complete_multipart_upload().bucket(&self.name).key(key).upload_id(id);
        complete.multipart_upload(whole).send().await?;
        Ok(())
    }

    async fn list(&self) -> Outcome<Vec<Vec<String>>> {
        let listing = self.s3.list_objects_v2().bucket(&self.name).prefix("many/");
        let mut stream = listing.into_paginator().page_size(10).send();
        let mut pages = Vec::new();
        while let Some(page) = stream.next().await {
            pages.push(page?.contents().iter().filter_map(|each| each.key().map(String::from)).collect());
        }
        Ok(pages)
    }
}

fn tell(step: &str, found: impl Display) {
    println!("{step}\t{found}");
}

fn code_of<T, E: ProvideErrorMetadata>(answer: Result<T, SdkError<E>>) -> String {
    answer.err().and_then(|error| error.code().map(String::from)).unwrap_or("none".into())
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let shared = aws_config::from_env().http_client(http).load().await;
    let s3 = Client::from_conf(config::Builder::from(&shared).force_path_style(true).build());
    let name = std::env::args().nth(1).ok_or("no bucket is named")?;
    let bucket = Bucket { s3: s3.clone(), name: name.clone() };

    s3.create_bucket().bucket(&name).send().await?;
    let small = s3.put_object().bucket(&name).key("small").content_type("text/plain").metadata("owner", "alice");
    small.body(ByteStream::from_static(b"hello")).send().await?;
    let large: Vec<u8> = (0..11 * MIB).map(|i| (i % 251) as u8).collect();
    bucket.upload("large", &large).await?;

    let small = bucket.get("small").await?;
    let kind = small.content_type().unwrap_or_default().to_string();
    let owner = small.metadata().and_then(|metadata| metadata.get("owner")).cloned().unwrap_or_default();
    tell("small", format!("{} {kind} {owner}", String::from_utf8(small.body.collect().await?.to_vec())?));
    let back = bucket.get("large").await?.body.collect().await?.to_vec();
    tell("large", if back == large { back.len() } else { 0 });
    let range = format!("bytes={}-{}", 5 * MIB - 1, 5 * MIB + 1);
    let piece = s3.get_object().bucket(&name).key("large").range(range).send().await?.body.collect().await?;
    tell("range", piece.to_vec().iter().map(|byte| format!("{byte:02x}")).collect::<String>());

    bucket.put(ODD, "odd").await?;
    tell("odd", bucket.text(ODD).await?);

    let many: Vec<String> = (0..25).map(|i| format!("many/{i:02}")).collect();
    for key in &many {
        bucket.put(key, key).await?;
    }
    let pages = bucket.list().await?;
    tell("pages", pages.len());
    tell("listed", pages.concat().join(" "));

    s3.copy_object().bucket(&name).key("copy").copy_source(format!("{name}/small")).send().await?;
    tell("copy", bucket.text("copy").await?);
    let all = many.iter().map(|key| ObjectIdentifier::builder().key(key).build()).collect::<Result<Vec<_>, _>>()?;
    s3.delete_objects().bucket(&name).delete(Delete::builder().set_objects(Some(all)).build()?).send().await?;
    tell("left", bucket.list().await?.concat().len());

    let minute = PresigningConfig::expires_in(Duration::from_secs(60))?;
    let signed = s3.get_object().bucket(&name).key(ODD).presigned(minute).await?;
    tell("presigned", ureq::get(signed.uri()).call()?.body_mut().read_to_string()?);
    tell("missing", code_of(bucket.get("missing").await));
    let body = ByteStream::from_static(b"again");
    tell("conditional", code_of(s3.put_object().bucket(&name).key("small").if_none_match("*").body(body).send().await));
    Ok(())
}
