// rustc --edition 2021 fetch.rs && ./fetch [HOST:PORT]: a tensor as Vec<f32>. The standard library has no HTTP client, but
// one request with "Connection: close" is little: bodies are never chunked, so what follows the empty line is the tensor.
use std::io::{Read, Write};
use std::net::TcpStream;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = std::env::args().nth(1).unwrap_or("127.0.0.1:8080".into());
    let server = argument.trim_start_matches("http://");
    let target = "/init?scheme=xavier_uniform&shape=256,128&seed=7";

    let mut connection = TcpStream::connect(server)?;
    write!(connection, "GET {target} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;

    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").ok_or("no header")? + 4;
    let header = std::str::from_utf8(&answer[..end])?;
    if !header.starts_with("HTTP/1.1 200") {
        return Err(String::from_utf8_lossy(&answer[end..]).into());
    }
    let shape = header.lines().find_map(|l| l.strip_prefix("X-Tensor-Shape: ")).ok_or("no shape")?;
    let data: Vec<f32> = answer[end..].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();

    println!("shape {}", shape.replace(',', " "));
    for value in &data[..4] {
        println!("{value:.6}");
    }
    println!("last {:.6} sum {:.6}", data[data.len() - 1], data.iter().map(|&value| value as f64).sum::<f64>());
    Ok(())
}
