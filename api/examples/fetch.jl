# julia fetch.jl [URL-OF-SERVER]: a tensor as a Matrix{Float32}.
using Printf

server = isempty(ARGS) ? "http://127.0.0.1:8080" : ARGS[1]

# order=F: column by column, as Julia keeps arrays.
shape = (256, 128)
file = download("$server/init?scheme=xavier_uniform&shape=$(join(shape, ','))&seed=7&order=F")
w = ltoh.(read!(file, Array{Float32}(undef, shape)))

println("shape ", join(size(w), ' '))
foreach(value -> @printf("%.6f\n", value), w[1, 1:4])
@printf("last %.6f sum %.6f\n", w[end], sum(Float64.(w)))
