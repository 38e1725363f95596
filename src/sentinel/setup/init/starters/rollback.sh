#!/bin/sh
# Takes production back to the release before. Sentinel runs this script when a deployment fails, when production does
# badly after it, or when a person asks for it. The variables that deploy/staging.sh explains name the release that
# production leaves; these name the release that it returns to:
#   SENTINEL_PREVIOUS_VERSION     1.1.0
#   SENTINEL_PREVIOUS_COMMIT      the full id of its commit
#   SENTINEL_PREVIOUS_ARTIFACTS   the folder with its files, as they were released
# It must work whatever state production is in, and running it again must end in the same state.
set -eu

# Put your rollback in place of the last two lines, for example:
#   rsync -a --delete "${SENTINEL_PREVIOUS_ARTIFACTS:?}/" deploy@www.example.org:/srv/app/
#   ssh deploy@www.example.org systemctl restart app
echo "deploy/rollback.sh is not filled in yet: it has to bring version $SENTINEL_PREVIOUS_VERSION back." >&2
exit 1
