# julia fetch.jl [URL-OF-SERVER]: a tensor as a Matrix{Float32}.
using Downloads, Printf

server = isempty(ARGS) ? "http://127.0.0.1:8080" : ARGS[1]
body = IOBuffer()
answer = Downloads.request("$server/init?scheme=xavier_uniform&shape=256,128&seed=7"; output = body)
answer.status == 200 || error(String(take!(body)))

shape = parse.(Int, split(Dict(answer.headers)["x-tensor-shape"], ','))
data = ltoh.(reinterpret(Float32, take!(body)))
# The bytes are row-major, Julia's arrays column-major: reverse the dimensions, then permute them back.
w = permutedims(reshape(data, reverse(shape)...))

println("shape ", join(size(w), ' '))
foreach(value -> @printf("%.6f\n", value), w[1, 1:4])
