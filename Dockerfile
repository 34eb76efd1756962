# docker build -t semola-pipe . && docker run --rm -v "$PWD:/data" semola-pipe run pipeline.yaml
FROM rust:1.89-slim-bullseye AS build
WORKDIR /src
COPY . .
RUN cargo build --profile dist --locked --bin semola-pipe && strip target/dist/semola-pipe

FROM debian:bullseye-slim
COPY --from=build /src/target/dist/semola-pipe /usr/local/bin/semola-pipe
COPY LICENSE /usr/share/doc/semola-pipe/LICENSE
WORKDIR /data
USER 1000:1000
ENTRYPOINT ["semola-pipe"]
