#!/bin/sh
# Puts a release on staging. Sentinel runs this script in a fresh clone of the release's tag and tells it:
#   SENTINEL_ARTIFACTS    the folder with the files that [build] artifacts names; they are read-only
#   SENTINEL_VERSION      1.2.0
#   SENTINEL_COMMIT       the full id of the commit that was built
#   SENTINEL_TARGET       staging
#   SENTINEL_URL          the address of staging in sentinel.toml
#   SENTINEL_RELEASE_ID   the same for all that is done with this release
#   SENTINEL_ATTEMPT      1, or more where a run was cut off and is repeated
# Running it again must end in the same state. Exit code 0 says that the release was started; whether it answers is
# then asked at the health address.
set -eu

# Put your deployment in place of the last two lines, for example:
#   rsync -a --delete "$SENTINEL_ARTIFACTS/" deploy@staging.example.org:/srv/app/
#   ssh deploy@staging.example.org systemctl restart app
echo "deploy/staging.sh is not filled in yet: it has to put version $SENTINEL_VERSION on staging." >&2
exit 1
