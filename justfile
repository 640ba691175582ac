# What to run while working on tcperm. `just` lists it.

_default:
    @just --list

# All tests, against a moto server of their own; arguments go to `cargo test`
test *arguments:
    ./scripts/test {{ arguments }}

# The long forms of the tests of faults and of runs at the same time: some minutes
soak *arguments:
    ./scripts/test --soak {{ arguments }}

# Formatting, and clippy with warnings denied, in both feature sets
lint:
    cargo fmt --check
    cargo clippy --all-targets --no-default-features -- -D warnings
    cargo clippy --all-targets -- -D warnings

# The API documentation, with warnings denied
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# The roles of every example, rendered for a made-up account
examples:
    for topology in examples/*/topology.yml; do \
        cargo run --quiet -- render -d "$(dirname "$topology")" -s dev --account 123456789012 --region us-west-2 || exit 1; \
    done

# Texts of all kinds thrown at the reading of topologies and templates; needs nightly Rust and cargo-fuzz
fuzz *arguments:
    ./scripts/fuzz {{ arguments }}

# How long tcperm takes: `just bench render` on generated monorepos, `just bench account` beside other tools,
# `just bench reasoning` over policies
bench what="render" *arguments:
    ./scripts/bench {{ what }} {{ arguments }}
