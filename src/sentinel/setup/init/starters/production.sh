#!/bin/sh
# Puts a release into production, with the very files that ran on staging. Sentinel runs this script after a person has
# approved it, with the variables that deploy/staging.sh explains (SENTINEL_TARGET is production), and with those of the
# release that runs now, which are unset before the first one:
#   SENTINEL_PREVIOUS_VERSION, SENTINEL_PREVIOUS_COMMIT, SENTINEL_PREVIOUS_ARTIFACTS
# Running it again must end in the same state. Any exit code but 0 makes Sentinel run deploy/rollback.sh.
set -eu

# Put your deployment in place of the last two lines, for example:
#   rsync -a --delete "$SENTINEL_ARTIFACTS/" deploy@www.example.org:/srv/app/
#   ssh deploy@www.example.org systemctl restart app
echo "deploy/production.sh is not filled in yet: it has to put version $SENTINEL_VERSION into production." >&2
exit 1
