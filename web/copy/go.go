package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net/http"
)

func main() {
	answer, err := http.Get("{{url}}")
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		log.Fatal(err, " ", string(data))
	}
	digest := fmt.Sprintf("%x", sha256.Sum256(data))
{{go_check}}	fmt.Println(digest)
}
