# The portal and the supplier's simulator as static programs, without a shell.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/ ./cmd/portal ./cmd/simulator \
    && mkdir /data

# Holds nothing but the system's certificates, timezones and an account.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/portal /out/simulator /usr/local/bin/
# Where the simulator keeps its ledger; a volume takes over the owner.
COPY --from=build --chown=nonroot:nonroot /data /var/lib/guichet
USER nonroot:nonroot
ENV GUICHET_ADDR=:8080
EXPOSE 8080
# Whatever stops the container must allow 75 s: supplier calls finish first.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["portal", "health"]
ENTRYPOINT ["portal"]
CMD ["serve"]
