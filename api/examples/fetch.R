# Rscript fetch.R [URL-OF-SERVER]: a tensor as a matrix.
server <- c(commandArgs(trailingOnly = TRUE), "http://127.0.0.1:8080")[1]
target <- paste0(server, "/init?scheme=xavier_uniform&shape=256,128&seed=7")

shape <- sub("X-Tensor-Shape:", "", grep("^X-Tensor-Shape:", curlGetHeaders(target), value = TRUE))
shape <- as.integer(strsplit(shape, ",")[[1]])
connection <- url(target, "rb")
data <- readBin(connection, "numeric", n = prod(shape), size = 4, endian = "little")
close(connection)
w <- matrix(data, nrow = shape[1], ncol = shape[2], byrow = TRUE)

cat("shape ", paste(dim(w), collapse = " "), "\n", sep = "")
cat(sprintf("%.6f\n", w[1, 1:4]), sep = "")
