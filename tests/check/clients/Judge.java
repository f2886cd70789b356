// The client of openapi-generator for Java: raw, npy and JSON of one tensor into files.
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;

import org.openapitools.client.ApiClient;
import org.openapitools.client.api.TensorsApi;

public class Judge {
    public static void main(String[] args) throws Exception {
        TensorsApi tensors = new TensorsApi(new ApiClient().setBasePath(args[0]));
        for (String format : new String[] {"raw", "npy", "json"}) {
            File file = tensors.init("he_normal", "3,4").seed(7L).format(format).execute();
            Files.copy(file.toPath(), Path.of(args[1], format));
        }
    }
}
