#!/usr/bin/env bash
# Builds the program with CUDA, also on a machine with neither a GPU nor a CUDA toolkit nor root.
#
#   scripts/check-cuda.sh         compile, link, and check that the program starts and says what it finds
#   scripts/check-cuda.sh test    on a machine with an NVIDIA GPU: the device tests, then the demo on the GPU
#
# TOOLCHAIN   folder for a private nvcc, used where no CUDA toolkit is installed   [target/cuda-toolchain]
# TARGET      folder for the build                                                 [target/cuda]
# OUT         folder for the demo's results                                        [runs]
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
mkdir -p "${TOOLCHAIN:=target/cuda-toolchain}" "${TARGET:=target/cuda}"
TOOLCHAIN=$(realpath "$TOOLCHAIN")
TARGET=$(realpath "$TARGET")
OUT=${OUT:-runs}
BIN=$TARGET/release/semola-pipe

# 13.0 on purpose: drivers older than the toolkit refuse its kernels.
NVCC=(nvidia-cuda-nvcc==13.0.88 nvidia-cuda-crt==13.0.88 nvidia-nvvm==13.0.88 nvidia-cuda-cccl==13.0.85
  nvidia-cuda-runtime==13.0.96)
CUBLAS=(nvidia-cublas==13.0.2.14)

say() { printf '\n== %s\n' "$*"; }
fail() {
  printf 'check-cuda: %s\n' "$*" >&2
  exit 1
}

# install FOLDER PACKAGE...: Python packages as plain files, once for each list of versions.
install() {
  local folder=$1
  shift
  [ "$(cat "$folder/installed" 2>/dev/null)" = "$*" ] && return
  rm -rf "$folder"
  if python3 -m pip --version >/dev/null 2>&1; then
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target "$folder" "$@"
  elif command -v uv >/dev/null; then
    uv pip install --quiet --no-deps --target "$folder" "$@"
  else
    fail "neither a CUDA toolkit nor pip nor uv is here; install one of them"
  fi
  echo "$*" >"$folder/installed"
}

# The CUDA toolkit of this machine, or a private nvcc.
find_toolkit() {
  local root
  for root in "${CUDA_ROOT:-}" "${CUDA_PATH:-}" "${CUDA_HOME:-}" /usr/local/cuda /opt/cuda; do
    if [ -n "$root" ] && [ -x "$root/bin/nvcc" ] && [ -f "$root/include/cuda.h" ]; then
      echo "$root"
      return
    fi
  done
  install "$TOOLCHAIN/nvcc" "${NVCC[@]}"
  echo "$TOOLCHAIN/nvcc/nvidia/cu13"
}

# dfdx's build asks nvidia-smi which GPU to compile for. Kernels for 8.0 run on every later GPU as well.
stand_in_for_nvidia_smi() {
  if [ "$(nvidia-smi --query-gpu=compute_cap --format=csv 2>/dev/null | head -n 1)" = compute_cap ]; then
    return
  fi
  mkdir -p "$TOOLCHAIN/bin"
  printf '#!/bin/sh\nprintf "compute_cap\\n8.0\\n"\n' >"$TOOLCHAIN/bin/nvidia-smi"
  chmod +x "$TOOLCHAIN/bin/nvidia-smi"
  export PATH=$TOOLCHAIN/bin:$PATH
}

# cudarc looks for libcublas.so, .so.12 and .so.11; where there is only .so.13, or none, it gets a link of the first name.
find_cublas() {
  local folders known folder newest
  IFS=: read -ra folders <<<"${LD_LIBRARY_PATH:-}:$CUDA_ROOT/lib64:$CUDA_ROOT/lib"
  known=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | sed -n 's/.*=> \(.*libcublas\.so.*\)/\1/p')
  for folder in "${folders[@]}" $(xargs -r -n 1 dirname <<<"$known" | sort -u); do
    [ -n "$folder" ] || continue
    for name in libcublas.so libcublas.so.12 libcublas.so.11; do
      if [ -e "$folder/$name" ]; then
        echo "$folder"
        return
      fi
    done
  done
  newest=$(for folder in "${folders[@]}"; do ls "$folder"/libcublas.so.13 2>/dev/null || true; done | head -n 1)
  newest=${newest:-$(grep -m 1 'libcublas\.so\.13$' <<<"$known" || true)}
  if [ -z "$newest" ]; then
    install "$TOOLCHAIN/cublas" "${CUBLAS[@]}"
    newest=$TOOLCHAIN/cublas/nvidia/cu13/lib/libcublas.so.13
  fi
  mkdir -p "$TOOLCHAIN/lib"
  ln -sf "$newest" "$TOOLCHAIN/lib/libcublas.so"
  # The folder of the real file too, for the libraries that it needs itself.
  echo "$TOOLCHAIN/lib:$(dirname "$newest")"
}

check() {
  say "The program starts and says what it finds"
  if ldd "$BIN" | grep -E 'libcuda|libcublas|libnvrtc'; then
    fail "the program is linked against CUDA: it would not start without a driver"
  fi
  "$BIN" env
  if "$BIN" env --json | grep -q '"cuda_available": true'; then
    say "There is a GPU here: 'make test-cuda' goes on from here"
    return
  fi

  local work code=0
  work=$(mktemp -d)
  trap 'rm -rf "'"$work"'"' EXIT
  cat >"$work/short.yaml" <<YAML
name: short
seed: 0
stages:
  - read:
      as: train
      path: $PWD/data/two_body/train.parquet
      fields:
        x: {column: input, action: vector, dim: 2}
        y: {column: target, action: vector, dim: 2}
  - train:
      as: plain
      from: train
      input: x
      target: y
      model: {mlp: {hidden: [8], activation: silu}}
      augment: none
      epochs: 1
      batch: 128
YAML
  say "--device cuda without a GPU: one line, exit code 2"
  "$BIN" run "$work/short.yaml" --device cuda --out "$work/cuda" 2>"$work/words" || code=$?
  cat "$work/words"
  [ "$code" = 2 ] || fail "exit code $code, expected 2"
  [ "$(grep -c . "$work/words")" = 1 ] || fail "more or less than one line"

  say "--device auto without a GPU: the CPU"
  "$BIN" run "$work/short.yaml" --device auto --out "$work/auto" --quiet
  grep -h '"device"' "$work"/auto/*/manifest.json
  grep -qh '"device": "cpu"' "$work"/auto/*/manifest.json || fail "the run was not on the CPU"
  say "All is well; nothing was computed on a GPU"
}

test_on_gpu() {
  LD_LIBRARY_PATH=$(find_cublas)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  export LD_LIBRARY_PATH
  say "The device tests"
  SEMOLA_PIPE_NEED_CUDA=1 cargo test --release --locked -p semola-engine --features cuda --target-dir "$TARGET" --lib cuda
  say "The demo on the GPU"
  time "$BIN" run pipelines/two_body.yaml --device cuda --out "$OUT/two_body_cuda"
}

mode=${1:-check}
case $mode in check | test) ;; *) fail "usage: $0 [check|test]" ;; esac
CUDA_ROOT=$(find_toolkit)
export CUDA_ROOT CUDA_PATH=$CUDA_ROOT PATH=$CUDA_ROOT/bin:$PATH
stand_in_for_nvidia_smi
say "$("$CUDA_ROOT/bin/nvcc" --version | sed -n 's/.*\(release .*\)/nvcc \1/p') in $CUDA_ROOT"
cargo build --release --locked --features cuda --target-dir "$TARGET"
cargo test --no-run --release --locked -p semola-engine --features cuda --target-dir "$TARGET" --lib
if [ "$mode" = test ]; then test_on_gpu; else check; fi
