// Writes and reads an object in each region, as the environment leads the SDK: it names no endpoint.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func main() {
	ctx := context.Background()
	for _, region := range os.Args[1:] {
		loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
		check(err)
		client := s3.NewFromConfig(loaded)
		bucket := aws.String("go-in-" + region)
		create := &s3.CreateBucketInput{Bucket: bucket}
		if region != "us-east-1" {
			create.CreateBucketConfiguration = &types.CreateBucketConfiguration{
				LocationConstraint: types.BucketLocationConstraint(region),
			}
		}
		_, err = client.CreateBucket(ctx, create)
		check(err)
		body := []byte("from Go")
		_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("a b"), Body: bytes.NewReader(body)})
		check(err)
		got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("a b")})
		check(err)
		read, err := io.ReadAll(got.Body)
		check(err)
		fmt.Printf("%s: %s\n", region, read)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
