"""What a bundle says of itself to whoever is handed one."""

README_TEXT = """\
# The release history of {project}

Exported by Sentinel. With Sentinel at hand, `sentinel audit verify BUNDLE` checks all of it at once, without a network.
Without it, every piece can be checked by other tools.

- `entries.jsonl`: one entry a line. Each has the SHA-256 digest of the one before it as `previous`. Its own `digest` is
  that of its other fields as JSON with sorted keys, no spaces and only ASCII, with `at` as microseconds since 1970.
- `checkpoints/N.note`: the checkpoint that entry N holds, a signed note (c2sp.org/signed-note) in the form of
  c2sp.org/tlog-checkpoint. Its second line is the number of an entry, its third that entry's `digest` in base64: the
  head of a hash chain, not the root of a Merkle tree.
- `keys/history.pub`: the key of those notes, and `keys/history.pem` the same for openssl. Compare it with the line
  `history-key` of a release tag that you have from elsewhere. It is

      {key}

- `tags/`: the release tags as git stores them, each with the newest checkpoint in its message. In any repository,

      git hash-object -w -t tag tags/v1.2.0
      git -c gpg.ssh.allowedSignersFile=keys/allowed_signers verify-tag OBJECT

  where OBJECT is what the first command prints. (Tags in the OpenPGP format: `gpg --import keys/signing.asc` before.)
- `attestations/N-*.dsse.json`: in-toto statements (SLSA provenance and test result) in DSSE envelopes, signed with the
  key of the history.
- `approvals/N.json`: who approved what, and when. Where approvals are signed, `N.plan` is what was signed:

      ssh-keygen -Y verify -f approvals/N.allowed_signers -I PRINCIPAL -n sentinel-approval \\
        -s approvals/N.sig <approvals/N.plan
"""
