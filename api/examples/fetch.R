# Rscript fetch.R [URL-OF-SERVER]: a tensor as a matrix.
server <- c(commandArgs(trailingOnly = TRUE), "http://127.0.0.1:8080")[1]

# order=F: column by column, as R keeps arrays.
shape <- c(256, 128)
connection <- url(paste0(server, "/init?scheme=xavier_uniform&shape=", paste(shape, collapse = ","), "&seed=7&order=F"), "rb")
w <- array(readBin(connection, "numeric", n = prod(shape), size = 4, endian = "little"), shape)
close(connection)

cat("shape ", paste(dim(w), collapse = " "), "\n", sep = "")
cat(sprintf("%.6f\n", w[1, 1:4]), sep = "")
cat(sprintf("last %.6f sum %.6f\n", w[256, 128], sum(w)))
