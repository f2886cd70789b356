// The client of openapi-generator for Go: raw, npy and JSON of one tensor into files.
package main

import (
	"context"
	"io"
	"os"

	"weightd.test/client"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	configuration := weightd.NewConfiguration()
	configuration.Servers = weightd.ServerConfigurations{{URL: os.Args[1]}}
	tensors := weightd.NewAPIClient(configuration).TensorsAPI
	for _, format := range []string{"raw", "npy", "json"} {
		file, _, err := tensors.Init(context.Background()).Scheme("he_normal").Shape("3,4").Seed(7).Format(format).Execute()
		check(err)
		body, err := io.ReadAll(file)
		check(err)
		check(os.WriteFile(os.Args[2]+"/"+format, body, 0o644))
	}
}
