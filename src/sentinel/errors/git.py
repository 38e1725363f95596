"""What can be wrong with a repository, its remote, a release tag, or the key that signs one."""

from sentinel.errors import RefusedError, SentinelError, TamperingError


class GitMissingError(SentinelError):
    problem = "The program git was not found."
    remedy = "Install git 2.39 or newer and put it on the daemon's PATH."


class GitFailedError(SentinelError):
    problem = "git {command} failed: {detail}."
    remedy = "Run `sentinel doctor`; the repository or the disk may be damaged."


class GitTimeoutError(SentinelError):
    problem = "git {command} did not finish within {seconds} seconds."
    remedy = "Check the repository's disk and the network, then try again."


class GitOutputError(SentinelError):
    problem = "git {command} answered with more than {limit} bytes."
    remedy = "Sentinel does not read answers of that size; split the release."


class UserConfigurationError(SentinelError):
    problem = "The git configuration of the daemon's user cannot be read: {detail}."
    remedy = "Correct that file; `git config --list --show-origin` shows what git reads."


class RefNameError(SentinelError):
    problem = "{name} is not a name that git allows for a branch or a tag."
    remedy = "Correct the name."


class NotARepositoryError(SentinelError):
    problem = "{path} is not in a git working copy."
    remedy = "Run `git init` there, or name the folder of a repository."


class BareRepositoryError(SentinelError):
    problem = "{path} is a bare repository, which has no files to release."
    remedy = "Name a working copy: `git clone` makes one."


class NoCommitsError(RefusedError):
    problem = "The repository has no commit yet."
    remedy = "Commit what you want to release."


class DetachedHeadError(RefusedError):
    problem = "The working copy is on no branch; releases are cut from {branch}."
    remedy = "Run `git switch {branch}`."


class WrongBranchError(RefusedError):
    problem = "The working copy is on {current}; releases are cut from {branch}."
    remedy = "Run `git switch {branch}`."


class BranchMissingError(RefusedError):
    problem = "There is no branch {branch}."
    remedy = "Create it, or name another release branch in sentinel.toml."


class RemoteBranchMissingError(RefusedError):
    problem = "{remote} has no branch {branch} (it has: {others})."
    remedy = (
        "If it was renamed there, correct `[project] branch` in sentinel.toml. If it is new, a person pushes it: "
        "`git push {remote} {branch}`."
    )


class ObjectFormatError(RefusedError):
    problem = "Repositories with SHA-256 object names are not supported."
    remedy = "Release from a repository with SHA-1 object names, which `git init --object-format=sha1` makes."


class ShallowCloneError(RefusedError):
    problem = "The working copy is a shallow clone, so its history cannot be judged."
    remedy = "Run `git fetch --unshallow`."


class BehindRemoteError(RefusedError):
    problem = "{branch} lacks commits that {remote} has."
    remedy = "Run `git pull --ff-only {remote} {branch}`."


class DivergedBranchError(RefusedError):
    problem = "{branch} and its counterpart on {remote} have diverged."
    remedy = "Rebase or merge {branch}, then push it."


class UnpushedCommitError(RefusedError):
    problem = "The newest commit of {branch} is not on {remote} yet."
    remedy = "Run `git push {remote} {branch}`."


class SubmodulesError(RefusedError):
    problem = "The commit contains the submodule {path}, which a release checkout does not fetch."
    remedy = "Vendor its files into the repository, or install it as a package in `[build] setup`."


class LargeFileStorageError(RefusedError):
    problem = "{path} is kept in Git LFS, which a release checkout does not fetch."
    remedy = "Run `git lfs migrate export` for it, or download it in `[build] setup`."


class NotAFileError(RefusedError):
    problem = "{path} is {kind} at that commit, not a regular file."
    remedy = "Replace it with a regular file."


class IsALinkError(NotAFileError):
    problem = "{path} is a symbolic link to {target} at that commit, and links are not followed."
    remedy = "Name {target} in sentinel.toml in place of {path}, or replace the link with a regular file."


class IsAFolderError(NotAFileError):
    """Apart from the others, since a command may well name a folder, which is no script."""


class FileTooLargeError(RefusedError):
    problem = "{path} has {size} bytes; at most {limit} are read."
    remedy = "Make the file smaller."


class UnknownRevisionError(SentinelError):
    problem = "The mirror has no commit or tag {name}."
    remedy = "Check that the tag still exists, then prepare the release again."


class FetchFailedError(SentinelError):
    problem = "Fetching from {source} failed: {detail}."
    remedy = "Run `git fsck` in the working copy; a partial clone needs `git fetch --refetch --no-filter`."


class RemoteMissingError(SentinelError):
    problem = "The working copy has no remote {remote}."
    remedy = "Run `git remote add {remote} URL`, or correct `[project] remote`."


class RemoteChangedError(RefusedError):
    problem = "The remote {remote} is {found} now; {trusted} is trusted."
    remedy = "{back}A person who wants it there reads the new address and runs `sentinel trust`."


class RemoteUnreachableError(SentinelError):
    problem = "The remote {remote} did not answer: {detail}."
    remedy = (
        "Check the network and the access of the daemon's user: its credential helper and git configuration, HOME, "
        "SSH_AUTH_SOCK. Then try again."
    )


class PushFailedError(SentinelError):
    problem = "The tag {tag} was not pushed to {remote}: {detail}."
    remedy = "Check that the daemon may push tags there, then ask for production again."


class PushRefusedError(SentinelError):
    """The remote has no such tag now, and has it once what it says is mended."""

    problem = "The tag {tag} was not pushed to {remote}: {detail}."
    remedy = "Let the daemon's user push that tag there: check its access and the remote's rules and hooks for tags."


class PushWouldFailError(SentinelError):
    problem = "A trial push of the tag {tag} to {remote} failed: {detail}."
    remedy = (
        "Let the daemon's user push tags there: check its credential helper and git configuration, HOME, "
        "SSH_AUTH_SOCK, and its rights on the remote. `sentinel doctor` tries again."
    )


class TagNotSignedError(SentinelError):
    problem = "The tag {tag} could not be signed: {detail}."
    remedy = "Check the key that `[tag] key` names; `sentinel doctor` tries a signature."


class TagMissingError(TamperingError):
    problem = "The release's tag {tag} is gone from the mirror."
    remedy = "Abandon the release and prepare it again."


class MovedTagError(TamperingError):
    problem = "The tag {tag} is not the one that the release was built from."
    remedy = "Find out who moved it, then abandon the release and prepare it again."


class BadTagSignatureError(TamperingError):
    problem = "The signature of the tag {tag} is not valid for this project's key: {detail}."
    remedy = "Find out who replaced it, then abandon the release and prepare it again."


class TagKeyEndedError(RefusedError):
    problem = "The tag {tag} is signed with the project's key, but {reason}: others would refuse it."
    remedy = "A person extends the key, as with `gpg --quick-set-expire {key} 1y`, or the release is abandoned."


class ProgramMissingError(SentinelError):
    problem = "The program {program} was not found."
    remedy = "Install {package}, or choose the other `[tag] format`."


class SigningKeyMissingError(SentinelError):
    problem = "There is no signing key {key}."
    remedy = 'Correct `[tag] key`; with "" Sentinel makes a key of its own.'


class SigningKeyAmbiguousError(SentinelError):
    problem = "{key} names more than one signing key."
    remedy = "Write the full fingerprint in `[tag] key`."


class SigningKeyUnusableError(SentinelError):
    problem = "The signing key {key} cannot be used: {detail}."
    remedy = (
        "Use a key without a passphrase that only the daemon's user can read. Or load it into an ssh agent that the "
        "daemon reaches, and name its `.pub` file in `[tag] key`."
    )


class GpgSocketPathTooLongError(SentinelError):
    problem = "The path of the gpg agent's socket, {path}, is longer than {limit} bytes."
    remedy = "Set SENTINEL_HOME to a shorter path, or use ssh signatures."


class SigningKeyRefusedError(SentinelError):
    problem = "The signing key {key} cannot sign: {reason}."
    remedy = "Correct that, or name another key in `[tag] key`; `sentinel doctor` tries it."


class SigningKeyExpiresError(SentinelError):
    problem = "The signing key {key} expires on {at}, before a release prepared now could be approved."
    remedy = "A person extends it, as with `gpg --quick-set-expire {key} 1y`, or names another key in `[tag] key`."
