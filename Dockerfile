# docker build -t weightd . && docker run --rm -p 127.0.0.1:8080:8080 weightd
#
# Options are environment variables: -e WEIGHTD_CACHE_BYTES=1G; `docker run --rm weightd --help` lists them.

# The base decides with which compiler and libraries the image is made. To pin it, give its digest, as
# `docker buildx imagetools inspect debian:12-slim` prints it: --build-arg BASE=debian@sha256:...
ARG BASE=debian:12-slim
FROM $BASE AS build
WORKDIR /src
COPY tools/deps.sh tools/
RUN tools/deps.sh build && apt-get install -y --no-install-recommends make
COPY tools/wi_man.sh tools/wi_symbols.sh tools/
COPY Makefile VERSION ./
COPY lib lib
COPY server server
COPY api/openapi.json api/
COPY web web
RUN make -j"$(nproc)" build && make install DESTDIR=/out PREFIX=/usr && strip /out/usr/bin/weightd
# The image is the program, the libraries it loads, their licences and the list of their packages, nothing else.
COPY tools/rootfs.sh tools/
COPY LICENSE /image/usr/share/doc/weightd/copyright
ARG SOURCE_DATE_EPOCH
RUN install -D /out/usr/bin/weightd /image/usr/bin/weightd && tools/rootfs.sh /image

FROM scratch
COPY --from=build /image /
RUN ["/usr/bin/weightd", "get", "/init?scheme=orthogonal&shape=8,8&format=sha256"]

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="weightd" \
      org.opencontainers.image.description="Initialized tensors over HTTP: the same URL gives the same bytes, for ever" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"

ENV PATH=/usr/bin
# Outside the container the port is as open as -p makes it.
ENV WEIGHTD_BIND=:: WEIGHTD_PORT=8080
EXPOSE 8080
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=2s --retries=3 CMD ["weightd", "--healthcheck"]
ENTRYPOINT ["weightd"]
