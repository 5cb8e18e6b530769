// The contract of README.md, by the AWS SDK for Go v2.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

const (
	mib = 1 << 20
	odd = "a b+c/é&?%20=~'\"<>#.txt"
)

var (
	ctx    = context.Background()
	client *s3.Client
	bucket = aws.String(os.Args[1])
)

func tell(step string, found any) {
	fmt.Printf("%s\t%v\n", step, found)
}

func must[T any](found T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return found
}

func put(key, body string) (*s3.PutObjectOutput, error) {
	return client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader(body)})
}

func get(key, byteRange string) []byte {
	input := &s3.GetObjectInput{Bucket: bucket, Key: &key}
	if byteRange != "" {
		input.Range = &byteRange
	}
	output := must(client.GetObject(ctx, input))
	defer output.Body.Close()
	return must(io.ReadAll(output.Body))
}

func list() (pages int, keys []string) {
	input := &s3.ListObjectsV2Input{Bucket: bucket, Prefix: aws.String("many/"), MaxKeys: aws.Int32(10)}
	for paginator := s3.NewListObjectsV2Paginator(client, input); paginator.HasMorePages(); pages++ {
		for _, each := range must(paginator.NextPage(ctx)).Contents {
			keys = append(keys, *each.Key)
		}
	}
	return pages, keys
}

func codeOf(err error) string {
	var refusal smithy.APIError
	if errors.As(err, &refusal) {
		return refusal.ErrorCode()
	}
	return fmt.Sprint(err)
}

func main() {
	client = s3.NewFromConfig(must(config.LoadDefaultConfig(ctx)), func(options *s3.Options) {
		options.UsePathStyle = true
		options.RetryMaxAttempts = 1
	})
	must(client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket}))
	must(client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: bucket, Key: aws.String("small"), Body: strings.NewReader("hello"),
		ContentType: aws.String("text/plain"), Metadata: map[string]string{"owner": "alice"},
	}))
	large := make([]byte, 11*mib)
	for i := range large {
		large[i] = byte(i % 251)
	}
	manager := transfermanager.New(client, func(options *transfermanager.Options) {
		options.PartSizeBytes, options.MultipartUploadThreshold = 5*mib, 5*mib
	})
	must(manager.UploadObject(ctx, &transfermanager.UploadObjectInput{
		Bucket: bucket, Key: aws.String("large"), Body: bytes.NewReader(large),
	}))

	small := must(client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("small")}))
	tell("small", fmt.Sprintf("%s %s %s", must(io.ReadAll(small.Body)), *small.ContentType, small.Metadata["owner"]))
	if back := get("large", ""); bytes.Equal(back, large) {
		tell("large", len(back))
	}
	tell("range", fmt.Sprintf("%x", get("large", fmt.Sprintf("bytes=%d-%d", 5*mib-1, 5*mib+1))))

	must(put(odd, "odd"))
	tell("odd", string(get(odd, "")))

	var many []types.ObjectIdentifier
	for i := range 25 {
		key := fmt.Sprintf("many/%02d", i)
		must(put(key, key))
		many = append(many, types.ObjectIdentifier{Key: &key})
	}
	pages, keys := list()
	tell("pages", pages)
	tell("listed", strings.Join(keys, " "))

	must(client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: bucket, Key: aws.String("copy"), CopySource: aws.String(*bucket + "/small"),
	}))
	tell("copy", string(get("copy", "")))
	must(client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Objects: many}}))
	_, keys = list()
	tell("left", len(keys))

	signed := must(s3.NewPresignClient(client).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String(odd)}))
	response := must(http.Get(signed.URL))
	defer response.Body.Close()
	tell("presigned", string(must(io.ReadAll(response.Body))))

	_, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("missing")})
	tell("missing", codeOf(err))
	_, err = client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: bucket, Key: aws.String("small"), Body: strings.NewReader("again"), IfNoneMatch: aws.String("*"),
	})
	tell("conditional", codeOf(err))
}
