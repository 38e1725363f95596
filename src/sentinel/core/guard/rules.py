"""Which commands deploy, publish or approve: data, one row a program.

A row names programs, their refused subcommands (separated by commas), and options that make one harmless. In a
subcommand `*` stands for any word, `**` for any number of them, and `*` at the end or at both ends of a word for any
rest, in any case of letters; `-` means that there is none, and an empty one that the program deploys whatever it is
told.
"""

DEPLOY = "Use Sentinel's tools: `release_status` says what is allowed now, and `deploy` deploys."
PERSON = "Only a person may do that, in a terminal of their own: tell them what you need and why."

DRY = "--dry-run"
_NAMED = "deploy, deploy:prod, deploy:production, deploy-prod, deploy-production, publish"
Row = tuple[str, str, str]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ROWS: tuple[Row, ...] = (
    (
        "kubectl oc kubecolor microk8s.kubectl",
        "apply, create, delete, set, edit, patch, replace, scale, autoscale, expose, run, label, annotate, cordon, "
        "uncordon, drain, taint, rollout restart, rollout undo, rollout pause, rollout resume, auth reconcile, "
        "certificate approve, certificate deny, argo rollouts promote, argo rollouts abort, argo rollouts undo, "
        "argo rollouts set, argo rollouts restart",
        DRY,
    ),
    ("oc", "rollout latest, rollout retry, rollout cancel, start-build, new-app, tag", DRY),
    ("kubectl-argo-rollouts", "promote, abort, undo, set, restart", ""),
    (
        "helm",
        "install, upgrade, uninstall, delete, del, un, rollback, push, secrets install, secrets upgrade",
        DRY,
    ),
    ("helmfile", "apply, sync, destroy, delete", ""),
    (
        "terraform tofu terragrunt tf cdktf",
        "apply, destroy, import, taint, untaint, force-unlock, state rm, state mv, state push, "
        "state replace-provider, workspace delete, run-all apply, run-all destroy, run apply, run destroy, apply-all, "
        "destroy-all, deploy",
        "",
    ),
    ("pulumi", "up, update, destroy, refresh, import, cancel, stack rm, state delete, state rename", ""),
    (
        "docker podman nerdctl buildah",
        "push, image push, manifest push, compose push, stack deploy, stack rm, service create, service update, "
        "service rm, service scale, service rollback",
        "",
    ),
    ("docker", "buildx imagetools create", DRY),
    ("docker-compose podman-compose", "push", ""),
    (
        "gh glab hub",
        "release create, release delete, release edit, release upload, release delete-asset, workflow run *deploy*, "
        "workflow run *release*, workflow run *publish*, ci trigger *deploy*, ci trigger *release*",
        "",
    ),
    (
        "npm pnpm yarn bun",
        "publish, unpublish, npm publish, dist-tag add, dist-tag rm, deprecate, "
        + ", ".join(f"run {name}, run-script {name}" for name in _NAMED.split(", ")),
        DRY,
    ),
    ("yarn pnpm bun", _NAMED, ""),
    ("yarn", ", ".join(f"workspace * {name}" for name in _NAMED.split(", ")), ""),
    ("composer", ", ".join(f"{name}, run {name}, run-script {name}" for name in _NAMED.split(", ")), DRY),
    ("deno", f"publish, {', '.join(f'task {name}' for name in _NAMED.split(', '))}", DRY),
    ("jsr", "publish", DRY),
    ("deployctl", "deploy", DRY),
    ("nx turbo", f"{_NAMED}, run deploy, run publish", DRY),
    ("make gmake", _NAMED, f"{DRY} -n --just-print -q --question"),
    ("just", _NAMED, f"{DRY} -n -l --list -s --show --summary --dump --evaluate"),
    ("task", _NAMED, f"{DRY} --dry -n -l --list -a --list-all --summary --status"),
    ("rake", f"{_NAMED}, release", f"{DRY} -n -T -AT --tasks -P --prereqs -D --describe -W --where"),
    ("mage", _NAMED, f"{DRY} -l"),
    ("invoke inv fab", _NAMED, f"{DRY} -R --dry -l --list"),
    ("deploy.sh", "", f"{DRY} --check -n"),
    ("twine", "upload", ""),
    ("setup.py", "upload, register", DRY),
    (
        "flyctl fly",
        "deploy, launch, apps destroy, scale count, scale vm, scale memory, secrets set, "
        "machine run, machine update, machines update",
        "",
    ),
    (
        "sentinel",
        "approve, reject, abandon, cancel, trust, rollback, adopt, resolve, sprint close, audit import, audit resolve, "
        "unhold, window waive, hotfix start, hotfix end, approver add, console, try staging, token create, "
        "token revoke, project add, setup separated",
        "",
    ),
    ("ansible-playbook", "", "--check -C --syntax-check --list-hosts --list-tasks --list-tags --version"),
    (
        "ansible",
        "",
        "--check -C --list-hosts --version ping setup debug "
        "ansible.builtin.ping ansible.builtin.setup ansible.builtin.debug",
    ),
    ("kargo", "promote, approve", ""),
    ("release-please", "github-release", DRY),
    ("poetry uv flit hatch pdm cargo", "publish", DRY),
    ("cargo", "release", ""),
    ("maturin", "publish, upload", ""),
    ("gem nuget", "push", ""),
    ("dotnet", "nuget push", ""),
    ("pod", "trunk push", ""),
    ("flutter dart", "pub publish", f"{DRY} -n"),
    ("anaconda", "upload", ""),
    ("mix", "hex.publish", DRY),
    ("mvn mvnw", "deploy, release:perform", ""),
    ("lein", "deploy", ""),
    (
        "gradle gradlew",
        "publish, publishToMavenCentral, publishToSonatype, publishAllPublicationsTo*, uploadArchives, jib",
        f"{DRY} -m help tasks",
    ),
    ("sbt", "publish, publishSigned", ""),
    ("lerna changeset vsce ovsx", "publish", DRY),
    ("semantic-release release-it", "", f"{DRY} -d --version -v"),
    ("gh-pages", "", "--version"),
    ("goreleaser", "release", "--snapshot --skip=publish"),
    ("skopeo crane oras", "copy, push, sync", ""),
    ("crane", "tag", ""),
    ("regctl", "image copy, image import", ""),
    ("ko", "apply, publish, build, create", "--local --push=false"),
    ("argocd", "app sync, app create, app delete, app set, app rollback", DRY),
    ("flux", "reconcile, suspend, resume, create, delete, bootstrap", "--export"),
    ("istioctl", "install, uninstall, upgrade", DRY),
    ("eksctl", "create, delete, scale, upgrade", DRY),
    ("skaffold", "run, deploy, apply, delete", ""),
    ("kapp werf waypoint", "deploy, delete, converge, dismiss, up, bundle publish, bundle apply", ""),
    ("octo octopus", "create-release, deploy-release, promote-release, release create, release deploy", ""),
    ("garden okteto devspace", "deploy, destroy, purge", ""),
    ("kluctl timoni", "deploy, delete, apply, prune", DRY),
    ("porter", "install, upgrade, uninstall", ""),
    ("atlantis spacectl", "apply, stack deploy, stack confirm", ""),
    ("nomad", "run, stop, job run, job stop, job revert, job scale, deployment promote", ""),
    ("cdk sam serverless sls sst", "deploy, destroy, remove, delete, sync", ""),
    (
        "netlify firebase firebase-tools wrangler eb copilot",
        "deploy, publish, rollback, promote, alias, pages deploy, pages publish, versions deploy",
        DRY,
    ),
    ("vercel", "-, ., deploy, redeploy, rollback, promote, alias, remove, rm", "--version -v"),
    ("copilot", "svc deploy, env deploy, job deploy, pipeline deploy, svc delete, app delete", ""),
    ("railway", "up, redeploy, deploy", ""),
    ("ng", "deploy", DRY),
    ("cf", "push, deploy, restage, rollback, delete", ""),
    ("pm2", "deploy", ""),
    ("caprover dokku", "deploy, git:from-image, ps:rebuild", ""),
    ("eas", "submit, update, deploy", ""),
    ("expo", "publish", ""),
    ("code-push appcenter", "release, release-react, promote, codepush release, codepush release-react", ""),
    (
        "gcloud",
        "app deploy, run deploy, functions deploy, run services update, run services update-traffic, "
        "run services replace, "
        "builds submit, deploy releases create, "
        "deploy releases promote, container clusters delete, compute instances delete, "
        "storage rsync ** gs://*, storage cp ** gs://*, "
        "storage mv ** gs://*",
        "",
    ),
    ("gsutil", "rsync ** gs://*, cp ** gs://*, mv ** gs://*", "-n"),
    (
        "aws",
        "ecs update-service, ecs create-service, lambda update-function-code, lambda update-function-configuration, "
        "lambda publish-version, lambda update-alias, cloudformation deploy, cloudformation create-stack, "
        "cloudformation update-stack, cloudformation delete-stack, cloudformation execute-change-set, "
        "deploy create-deployment, elasticbeanstalk update-environment, apprunner start-deployment, "
        "amplify start-deployment, amplify start-job, codepipeline start-pipeline-execution, "
        "s3 sync ** s3://*, s3 cp ** s3://*, s3 mv ** s3://*, s3 rm s3://*, s3api put-object, "
        "eks update-nodegroup-version, "
        "eks update-cluster-version",
        "--dryrun",
    ),
    (
        "az",
        "webapp deploy, webapp up, webapp deployment source, functionapp deploy, functionapp deployment source, "
        "containerapp up, containerapp update, storage blob upload, storage blob upload-batch, "
        "deployment group create, deployment sub create",
        "",
    ),
    ("doctl", "apps create, apps update, apps create-deployment", ""),
    ("render", "deploys create", ""),
    ("kamal mrsk", "deploy, redeploy, rollback, setup, app boot", ""),
    ("cap capistrano shipit", "* deploy, * deploy:rollback", DRY),
    ("fastlane", "release, deliver, supply, deploy", ""),
    ("heroku", "releases:rollback, rollback, ps:scale, container:push, container:release, pipelines:promote", ""),
)


def _table() -> dict[str, tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]]:
    table: dict[str, tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]] = {}
    for programs, commands, harmless in _ROWS:
        patterns = tuple(tuple(command.split()) for command in commands.split(", "))
        for program in programs.split():
            before = table.get(program, ((), ()))
            table[program] = (before[0] + patterns, before[1] + tuple(harmless.split()))
    return table


READING = {
    "kubectl": ("apply view-last-applied",),
    "oc": ("apply view-last-applied",),
}
"""Subcommands that only read, of programs that are refused by their first word."""

TRACKS = {"gcloud": ("alpha", "beta")}
"""First words of a program that change nothing of what the next ones mean."""

ALIASES = {
    "aws-cdk": "cdk",
    "aws-cli": "aws",
    "awscli": "aws",
    "netlify-cli": "netlify",
    "google-cloud-cli": "gcloud",
}
"""Programs by the names of their packages and images."""

SCRIPT = r"(deploy|publish)([-_.]?(prod|production|live))?(\.(sh|bash|zsh|py|rb|pl|php|[cm]?[jt]s))?"
"""The name of a file that deploys whatever it is told, as the row `deploy.sh` has it."""

PROGRAMS = _table()
"""Each program with the subcommands that are refused, and the options that make them harmless."""

TASKS = _names("mvn mvnw gradle gradlew sbt make gmake just task mage rake invoke inv fab fastlane nx setup.py")
"""Programs whose arguments are tasks, each on its own; one may stand behind a project's name and a colon."""
TARGETS = _names("-t --target --targets")
"""Their options that name tasks, separated by commas."""

PUSHING = _names("docker podman nerdctl buildah earthly pack")
"""Programs of which an option makes a deployment of whatever else they are asked to do."""
PUSHES = r"--push(=true)?|--publish|(--output=|-o)?(.*,)?(type=registry|push=true)(,.*)?"
"""Those options."""

DEPLOYING_REMOTES = _names("heroku dokku piku gigalixir production prod live")
"""Names of git remotes that deploy what is pushed to them."""

TELLING = frozenset({"apply", "deploy", "destroy", "upgrade", "rollout", "publish", "rollback"})
"""Subcommands that say enough where the program is not known."""

ONLY_DEPLOY = _names("kubectl oc helm helmfile terraform tofu terragrunt pulumi flyctl fly twine kubecolor")
"""Programs that are refused where it cannot be told what they are asked to do."""

VALUED = _names(
    "-n --namespace --context --cluster --kubeconfig --user -s --server --token --as --as-group --kube-context -R "
    "--repo -C --cwd --stack --color -H --host -c --config -l --log-level --git-dir --work-tree --prefix -w "
    "--workspace --registry -a --app -t --access-token --project --profile --region --output -o -f --file "
    "--filename --request-timeout -v --account --cloud --directory --filter -F"
)
"""Options before a subcommand that take the next word."""
