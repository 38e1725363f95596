#!/bin/sh
# Runs the shop of the folder $1 as a service, in place of the one that runs for $SENTINEL_TARGET now.
# Running it again ends in the same state. Sentinel never runs two of these at once.
set -eu

python=${PYTHON:-python3}
port=${SENTINEL_URL##*:}
run=${SHOP_RUN:?"say in SHOP_RUN where the shop keeps its programs, pid files and logs"}/$SENTINEL_TARGET

# The running shop's process id; a number that belongs to another program by now is none.
running() {
    pid=$(cat "$run/pid" 2>/dev/null) || return 1
    { tr '\0' ' ' <"/proc/$pid/cmdline" || ps -o args= -p "$pid"; } 2>/dev/null | grep -qF "$run/shop.pyz"
}

# Waits until "$@" fails, for at most ten seconds.
while_true() {
    tries=100
    while "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.1
    done
}

mkdir -p "$run"
if running; then
    echo "Stopping process $pid."
    kill "$pid" || true
    while_true running || { kill -9 "$pid" && while_true running; }
fi
rm -f "$run/pid"

# A rename, so that nothing ever starts from half a copy.
cp -f "${1:?"give the folder that holds dist/shop.pyz"}/dist/shop.pyz" "$run/shop.pyz.new"
mv -f "$run/shop.pyz.new" "$run/shop.pyz"

nohup "$python" "$run/shop.pyz" --port "$port" --place "$SENTINEL_TARGET" --pid-file "$run/pid" \
    </dev/null >>"$run/log" 2>&1 &
starting=$!
not_ready() {
    [ ! -s "$run/pid" ] && kill -0 "$starting" 2>/dev/null
}
while_true not_ready || kill "$starting"
if ! running; then
    echo "The shop did not start:" >&2
    tail -n 20 "$run/log" >&2
    exit 1
fi
echo "Process $pid serves $SENTINEL_TARGET at $SENTINEL_URL."
