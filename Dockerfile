# A function's image: `docker build .` builds curate, `docker build --build-arg FUNCTION=ingest .` builds ingest.
#
# The image holds one static program, and the licenses of what is linked into it: DNS, TLS and its root certificates are
# compiled in, and no file is read. Works without BuildKit, for Linux on x86-64 or ARM, whichever Docker builds for.
#
# The digest is that of the list of images for all processors. After changing the version, get it with
# `docker buildx imagetools inspect rust:VERSION-bookworm`. Unlike the slim image, this one has Python, which writes the notices.
ARG RUST=rust:1.95.0-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1

# The manifests with empty programs, so that the layer of dependencies below is rebuilt only when a manifest changes.
FROM ${RUST} AS manifests
WORKDIR /manifests
COPY . .
RUN find . -name '*.rs' ! -path '*/src/lib.rs' ! -path '*/src/main.rs' ! -path '*/benches/*' ! -path '*/examples/*' -delete \
    && find . -name '*.rs' -exec sh -c 'echo "fn main() { }" > "$1"' _ {} \; \
    && find . -type f ! -name '*.rs' ! -name 'Cargo.*' -delete \
    && find . -type d -empty -delete \
    && for member in tests/*/; do mkdir "$member/src" "$member/benches" \
    && touch "$member/src/lib.rs" "$member/src/main.rs" "$member/benches/generate.rs"; done

FROM ${RUST} AS build
ARG FUNCTION=curate
# Static and position-independent, so the program needs no loader. Packing the relocations saves most of a megabyte on
# x86-64; for ARM, Debian's linker does not support it and only warns. CI compiles with the same flags.
ENV RUSTFLAGS="-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs"
WORKDIR /src
COPY --from=manifests /manifests .
RUN cargo build --profile dist --locked --package "$FUNCTION" --bins --target "$(rustc -vV | sed -n 's/^host: //p')"
COPY . .
# Cargo compares times, and the empty programs are newer than the sources. The output of build scripts must stay as it is.
RUN find functions shared -name '*.rs' -exec touch {} + \
    && cargo build --profile dist --locked --package "$FUNCTION" --bins --target "$(rustc -vV | sed -n 's/^host: //p')" \
    && mkdir /image \
    && cp "target/$(rustc -vV | sed -n 's/^host: //p')/dist/$FUNCTION" /image/function \
    && strip /image/function \
    && python3 deploy/shipping/notices.py "$FUNCTION" "$(rustc -vV | sed -n 's/^host: //p')" | gzip -9 --no-name >/image/THIRD-PARTY-NOTICES.gz

FROM scratch
COPY --from=build /image/ /
# Fn's agent runs functions as this user anyway.
USER 1000:1000
ENTRYPOINT ["/function"]
