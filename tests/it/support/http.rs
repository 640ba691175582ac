//! As much of HTTP/1.1 as the proxy needs: one request and one response a connection.
//!
//! Written out rather than taken from a server library because a test has to be able to
//! cut a connection in the middle, which libraries take care not to do.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// A request, read whole.
#[derive(Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A response.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub content_type: String,
    pub body: Vec<u8>,
}

impl Request {
    /// Reads a request with a `Content-Length`; `None` when the connection is closed instead.
    pub fn read(stream: &TcpStream) -> io::Result<Option<Self>> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(io::Error::other(format!("not a request line: {line:?}")));
        };
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok(Some(Self {
            method,
            target,
            headers,
            body,
        }))
    }
}

impl Response {
    /// Writes the response and says that the connection ends with it.
    pub fn write(&self, stream: &TcpStream) -> io::Result<()> {
        self.write_as_far_as(stream, self.body.len())
    }

    /// Writes half of the response, and as if the rest were to follow.
    pub fn write_half(&self, stream: &TcpStream) -> io::Result<()> {
        self.write_as_far_as(stream, self.body.len() / 2)
    }

    fn write_as_far_as(&self, mut stream: &TcpStream, end: usize) -> io::Result<()> {
        write!(
            stream,
            "HTTP/1.1 {} -\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            self.status,
            self.content_type,
            self.body.len()
        )?;
        stream.write_all(&self.body[..end])?;
        stream.flush()
    }
}
