// go run fetch.go [URL-OF-SERVER]: a tensor as []float32.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
)

func main() {
	server := "http://127.0.0.1:8080"
	if len(os.Args) > 1 {
		server = os.Args[1]
	}
	answer, err := http.Get(server + "/init?scheme=xavier_uniform&shape=256,128&seed=7")
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		problem, _ := io.ReadAll(answer.Body)
		log.Fatal(string(problem))
	}
	data := make([]float32, answer.ContentLength/4)
	if err := binary.Read(answer.Body, binary.LittleEndian, data); err != nil {
		log.Fatal(err)
	}

	fmt.Println("shape", strings.ReplaceAll(answer.Header.Get("X-Tensor-Shape"), ",", " "))
	sum := 0.0
	for _, value := range data {
		sum += float64(value)
	}
	for _, value := range data[:4] {
		fmt.Printf("%.6f\n", value)
	}
	fmt.Printf("last %.6f sum %.6f\n", data[len(data)-1], sum)
}
