//! The `realint` command.

fn main() -> std::process::ExitCode {
    realint::cli::run()
}
