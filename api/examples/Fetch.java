// java Fetch.java [URL-OF-SERVER]: a tensor as float[].
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

class Fetch {
    public static void main(String[] args) throws Exception {
        String server = args.length > 0 ? args[0] : "http://127.0.0.1:8080";
        URI url = URI.create(server + "/init?scheme=xavier_uniform&shape=256,128&seed=7");

        HttpRequest request = HttpRequest.newBuilder(url).build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200)
            throw new Exception(new String(answer.body()));
        var floats = ByteBuffer.wrap(answer.body()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        float[] data = new float[floats.remaining()];
        floats.get(data);

        System.out.println("shape " + answer.headers().firstValue("X-Tensor-Shape").get().replace(',', ' '));
        double sum = 0;
        for (float value : data)
            sum += value;
        for (int i = 0; i < 4; i++)
            System.out.println(String.format(Locale.ROOT, "%.6f", data[i]));
        System.out.println(String.format(Locale.ROOT, "last %.6f sum %.6f", data[data.length - 1], sum));
    }
}
