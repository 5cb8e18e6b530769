package suite

import (
	"bufio"
	"context"
	"io"
	"log"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestMain serves S3 to the tests of this package.
func TestMain(m *testing.M) {
	server := exec.Command("fakes3", "serve", "--port", "0", "--until-eof")
	server.Stderr = os.Stderr      // why it has refused a request
	input, _ := server.StdinPipe() // closes when this process ends, however it ends, and then the server ends
	output, _ := server.StdoutPipe()
	if err := server.Start(); err != nil {
		log.Fatal(err)
	}
	line, _ := bufio.NewReader(output).ReadString('\n')
	words := strings.Fields(line) // fakes3 serves S3 at http://127.0.0.1:40123
	os.Setenv("AWS_ENDPOINT_URL", words[len(words)-1])
	os.Setenv("AWS_REGION", "us-east-1")
	os.Setenv("AWS_ACCESS_KEY_ID", "test")
	os.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	code := m.Run()
	input.Close()
	server.Wait()
	os.Exit(code)
}

func TestLetter(t *testing.T) {
	ctx := context.Background()
	loaded, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(loaded)
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("inbox")}); err != nil {
		t.Fatal(err)
	}
	letter := &s3.PutObjectInput{Bucket: aws.String("inbox"), Key: aws.String("letter"), Body: strings.NewReader("hello")}
	if _, err := client.PutObject(ctx, letter); err != nil {
		t.Fatal(err)
	}
	got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("inbox"), Key: aws.String("letter")})
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if read, _ := io.ReadAll(got.Body); string(read) != "hello" {
		t.Errorf("read %q", read)
	}
}
