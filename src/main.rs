//! The program `tcperm`: parses, runs, exits.

fn main() -> std::process::ExitCode {
    tcperm::cli::run()
}
