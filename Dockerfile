# A function's image: `docker build .` for curate, `docker build --build-arg FUNCTION=ingest .` for its sibling.
#
# One static program in an empty image: DNS, TLS and its roots are compiled in, and nothing is read from a file system.
# Needs no BuildKit. Linux on x86-64 and ARM, whichever Docker builds for.
ARG RUST=1.95

# The manifests with empty programs, so that the layer of dependencies below is made anew only when they change.
FROM rust:${RUST}-slim-bookworm AS manifests
WORKDIR /manifests
COPY . .
RUN find . -name '*.rs' ! -path '*/src/lib.rs' ! -path '*/src/main.rs' ! -path '*/benches/*' ! -path '*/examples/*' -delete \
    && find . -name '*.rs' -exec sh -c 'echo "fn main() { }" > "$1"' _ {} \; \
    && find . -type f ! -name '*.rs' ! -name 'Cargo.*' -delete \
    && find . -type d -empty -delete \
    && for member in tests/*/; do mkdir "$member/src" "$member/benches" \
    && touch "$member/src/lib.rs" "$member/src/main.rs" "$member/benches/generate.rs"; done

FROM rust:${RUST}-slim-bookworm AS build
ARG FUNCTION=curate
# Position independent and without a loader; relocations packed, which on x86-64 is most of a megabyte (for ARM, Debian's linker cannot, and goes
# on with a warning). CI compiles with the same flags.
ENV RUSTFLAGS="-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs"
WORKDIR /src
COPY --from=manifests /manifests .
RUN cargo build --profile dist --locked --package "$FUNCTION" --bins --target "$(rustc -vV | sed -n 's/^host: //p')"
COPY . .
# Cargo goes by times, and the empty programs are younger. What build scripts have written has to stay as it is.
RUN find functions shared -name '*.rs' -exec touch {} + \
    && cargo build --profile dist --locked --package "$FUNCTION" --bins --target "$(rustc -vV | sed -n 's/^host: //p')" \
    && mkdir /image \
    && cp "target/$(rustc -vV | sed -n 's/^host: //p')/dist/$FUNCTION" /image/function \
    && strip /image/function

FROM scratch
COPY --from=build /image/ /
# The agent runs functions as this user in any case.
USER 1000:1000
ENTRYPOINT ["/function"]
