// rustc w.rs && ./w, over plain HTTP
use std::io::{Read, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut server = std::net::TcpStream::connect("{{host}}")?;
    write!(server, "GET {} HTTP/1.0\r\nHost: {}\r\n\r\n", "{{target}}", "{{host}}")?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").ok_or("no header")? + 4;
    if !answer.starts_with(b"HTTP/1.1 200") {
        return Err(String::from_utf8_lossy(&answer[end..]).into());
    }
    std::fs::write("{{file}}", &answer[end..])?;
    Ok(())
}
