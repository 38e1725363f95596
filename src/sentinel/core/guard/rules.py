"""Which commands deploy, publish or approve: data, one row a program.

A row names programs, their refused subcommands (separated by commas; `*` stands for any word), and options that make
one harmless. The first rows are those of issue 4.4; the others are the same acts with other tools.
"""

DEPLOY = "Use Sentinel's tools: `release_status` says what is allowed now, and `deploy` deploys."
PERSON = "Only a person may do that, in a terminal of their own: tell them what you need and why."

DRY = "--dry-run"
Row = tuple[str, str, str]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ROWS: tuple[Row, ...] = (
    (
        "kubectl oc kubecolor",
        "apply, create, delete, set, edit, patch, replace, scale, autoscale, expose, run, label, annotate, cordon, "
        "uncordon, drain, taint, rollout restart, rollout undo, rollout pause, rollout resume, auth reconcile, "
        "certificate approve, certificate deny",
        DRY,
    ),
    ("helm", "install, upgrade, uninstall, delete, del, un, rollback, push", DRY),
    ("helmfile", "apply, sync, destroy, delete", ""),
    (
        "terraform tofu terragrunt",
        "apply, destroy, import, taint, untaint, force-unlock, state rm, state mv, state push, "
        "state replace-provider, workspace delete, run-all apply, run-all destroy, run apply, run destroy",
        "",
    ),
    ("pulumi", "up, update, destroy, refresh, import, cancel, stack rm, state delete, state rename", ""),
    (
        "docker podman nerdctl buildah",
        "push, image push, manifest push, compose push, stack deploy, stack rm, service create, service update, "
        "service rm, service scale, service rollback",
        "",
    ),
    ("gh glab", "release create, release delete, release edit, release upload, release delete-asset", ""),
    ("npm pnpm yarn bun", "publish, unpublish, npm publish, dist-tag add, dist-tag rm, deprecate", DRY),
    ("twine", "upload", ""),
    (
        "flyctl fly",
        "deploy, launch, apps destroy, scale count, scale vm, scale memory, secrets set, "
        "machine update, machines update",
        "",
    ),
    (
        "sentinel",
        "approve, reject, trust, rollback, adopt, resolve, sprint close, audit resolve, token create, token revoke",
        "",
    ),
    ("poetry uv flit hatch pdm cargo", "publish", DRY),
    ("gem nuget", "push", ""),
    ("mvn mvnw", "deploy", ""),
    ("gradle gradlew", "publish", f"{DRY} -m"),
    ("lerna changeset vsce ovsx", "publish", DRY),
    ("goreleaser", "release", "--snapshot --skip=publish"),
    ("skopeo crane oras", "copy, push, sync", ""),
    ("argocd", "app sync, app create, app delete, app set, app rollback", DRY),
    ("skaffold", "run, deploy, apply, delete", ""),
    ("kapp werf", "deploy, delete, converge, dismiss", ""),
    ("nomad", "run, stop, job run, job stop, job revert, job scale, deployment promote", ""),
    ("cdk sam serverless sls sst", "deploy, destroy, remove, delete", ""),
    ("vercel netlify firebase wrangler eb copilot", "deploy, publish, rollback, promote, alias", DRY),
    ("railway", "up, redeploy", ""),
    ("gcloud", "app deploy, run deploy, functions deploy, run services update, run services update-traffic", ""),
    (
        "aws",
        "ecs update-service, lambda update-function-code, cloudformation deploy, cloudformation create-stack, "
        "cloudformation update-stack, cloudformation delete-stack, cloudformation execute-change-set, "
        "deploy create-deployment, elasticbeanstalk update-environment, apprunner start-deployment",
        "",
    ),
    ("az", "webapp deploy, webapp up, functionapp deploy, containerapp up, containerapp update", ""),
    ("kamal", "deploy, redeploy, rollback, setup", ""),
    ("cap", "* deploy, * deploy:rollback", DRY),
    ("heroku", "releases:rollback, rollback, container:push, container:release, pipelines:promote", ""),
)


def _table() -> dict[str, tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]]:
    table = {}
    for programs, commands, harmless in _ROWS:
        patterns = tuple(tuple(command.split()) for command in commands.split(", "))
        for program in programs.split():
            table[program] = (patterns, tuple(harmless.split()))
    return table


PROGRAMS = _table()
"""Each program with the subcommands that are refused, and the options that make them harmless."""

TELLING = frozenset({"apply", "deploy", "destroy", "upgrade", "rollout", "publish", "rollback"})
"""Subcommands that say enough where the program is not known."""

ONLY_DEPLOY = _names("kubectl oc helm helmfile terraform tofu terragrunt pulumi flyctl fly twine")
"""Programs that are refused where it cannot be told what they are asked to do."""

VALUED = _names(
    "-n --namespace --context --cluster --kubeconfig --user -s --server --token --as --as-group --kube-context -R "
    "--repo -C --cwd --stack --color -H --host -c --config -l --log-level --git-dir --work-tree --prefix -w "
    "--workspace --registry -a --app -t --access-token --project --profile --region --output -o -f --file "
    "--filename --request-timeout -v --account --cloud --directory --filter -F"
)
"""Options before a subcommand that take the next word."""

CARRIERS = _names(
    "sudo doas env nohup time command exec builtin nice ionice chrt taskset timeout stdbuf setsid xargs parallel "
    "chroot unshare nsenter strace ltrace flock caffeinate busybox npx pnpx bunx uvx pipx rtk then coproc dotenv "
    "direnv doppler op aws-vault mise asdf nix-shell nix devbox distrobox toolbox tsocks proxychains torsocks "
    "systemd-run runuser gosu su-exec fakeroot unbuffer find fd uv poetry pipenv pdm hatch bundle "
    "corepack pnpm yarn npm bun docker podman nerdctl minikube microk8s k3s not ! kubectl oc"
)
"""Programs that run what their arguments name."""

SCRIPTED = _names("eval ssh su watch script flock parallel tmux screen entr nix-shell runuser trap mosh")
"""Programs that hand words to a shell."""

TEXTS = _names("echo printf grep egrep fgrep rg ag ack cat man which whereis type apropos tldr head tail less")
"""Programs that only read or print what their arguments name."""

SHELLS = _names("sh bash dash zsh ksh mksh ash fish rbash")
INTERPRETERS = {
    "python": ("-c",),
    "node": ("-e", "--eval", "-p", "--print"),
    "deno": ("eval",),
    "ruby": ("-e",),
    "perl": ("-e", "-E"),
    "php": ("-r",),
    "awk": (),
    "gawk": (),
    "mawk": (),
}
"""Programs of other languages, with the options that are followed by code."""
DECODERS = _names("base64 base32 basenc xxd openssl gunzip zcat gpg uudecode rev tr")
"""Programs that hide what a shell behind them is told."""
