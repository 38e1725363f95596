"""What developers run on the way to a release, of which nothing deploys: a line each, and texts of several lines."""

_LINES = r"""
docker run -v ./deploy.sh:/deploy.sh image
sudo chmod +x deploy.sh
find . -name deploy.sh
docker cp deploy.sh container:/
./scripts/deploy.sh --dry-run
bash -n scripts/deploy.sh
git add -A && git commit -m "Deploy: run kubectl apply in CI"
git commit -m "docs: explain $(date +%F) terraform apply"
git commit -am 'fix: `kubectl apply` no longer hangs'
git log --grep="helm upgrade" --oneline
git log -S 'kubectl apply' -- deploy/
git grep -n "kubectl apply"
git grep "npm publish" -- '*.yml'
git show HEAD:deploy/production.sh
git blame deploy/production.sh
git push
git push origin main
git push -u origin HEAD
git push -f origin feature
git push --force-with-lease origin feature/deploy
git push origin --delete old-branch
git push origin HEAD:refs/heads/feature
git push -u origin $(git branch --show-current)
git push --set-upstream origin "$(git rev-parse --abbrev-ref HEAD)"
git push origin "$BRANCH"
git push origin release/1.2
git push origin v2-migration
git rebase main && git push --force-with-lease
git -c user.name=x -c user.email=y commit -m "kubectl apply"
git worktree add ../deploy-fix
git cherry-pick abc && git push origin HEAD:hotfix
gh workflow view deploy.yml
gh api repos/a/b/releases
gh api repos/a/b/releases/latest --jq .tag_name
gh api -X GET repos/a/b/deployments -f environment=prod
gh api repos/a/b/pulls/5/comments -f body="kubectl apply"
gh release list
gh release view
gh release download v1.2.0
grep -rn "kubectl apply" .
grep -c "kubectl apply" README.md
rg "npm publish"
rg -n 'terraform (apply|destroy)' infra
rg -l "docker push" | xargs sed -i 's/docker push/echo push/'
rg -l "docker push" | xargs grep -n foo
ack 'helm upgrade'
ag kubectl
sed -n '1,50p' deploy.sh
sed -i 's/kubectl apply/kubectl diff/' deploy.sh
sed -i.bak "s|terraform apply|terraform plan|g" docs/*.md
awk '/kubectl apply/ {print NR}' deploy.sh
awk '/kubectl apply/{print $0; system("")}' README
perl -pi -e 's/kubectl apply/kubectl diff/' README.md
echo "kubectl apply -f x"
echo "Run: terraform apply" >> README.md
printf '%s\n' "helm upgrade web" > notes
cat README.md | grep "kubectl apply"
cat deploy.sh
bash -n deploy/production.sh
shellcheck deploy/*.sh
chmod +x deploy/production.sh
head -50 deploy/production.sh
diff deploy/staging.sh deploy/production.sh
wc -l deploy/production.sh
vim deploy/production.sh
code deploy/production.sh
kubectl get pods -A
kubectl get deploy web -o jsonpath='{.spec.replicas}'
kubectl diff -f x.yaml
kubectl diff -k overlays/prod
kubectl apply --dry-run=server -f x
kubectl apply --dry-run=client -o yaml -f x | kubeval
kubectl create deploy x --image=y --dry-run=client -o yaml > x.yaml
kubectl create secret generic x --from-literal=a=b --dry-run=client -o yaml | kubeseal
kubectl rollout status deploy/web --timeout=60s
kubectl rollout history deploy/web
kubectl exec -it pod/web -- ls
kubectl auth can-i create pods
kubectl kustomize overlays/prod
kubectl get events --sort-by=.lastTimestamp | grep -i apply
kubectl get cm x -o yaml | grep apply
kubectl -n prod get pods -l app=web -w
helm template web ./chart
helm diff upgrade web ./chart
helm upgrade web ./chart --dry-run --debug
helmfile diff
helmfile template
terraform console <<< 'var.x'
docker run -e DEPLOY=1 web ./apply.sh
npm test -- --grep "deploy"
npm run deploy:check
npm run test:deploy
npm view vercel versions
npm publish --dry-run
npm install --save-dev vercel
npm i -g vercel
npm install -D @semantic-release/git semantic-release
npx vercel --version
npx vercel env pull
npx vercel dev
vercel dev
vercel ls
vercel logs x
vercel inspect x
npx semantic-release --dry-run
python -m pytest -k deploy
python -m pytest tests/test_publish.py
pytest -q -k "apply and not destroy"
python -c "import subprocess; print(subprocess.run(['ls'],capture_output=True))"
python -c "print('run kubectl get pods')"
python -c "import yaml; print(yaml.safe_load(open('k8s/apply.yaml')))"
make release-notes
make deploy-docs-preview
make -n deploy
./gradlew publishToMavenLocal
dotnet publish -c Release
goreleaser release --snapshot --clean
goreleaser build --snapshot
goreleaser check
aws s3 ls s3://prod
aws s3 cp s3://logs/x.log .
aws s3 sync s3://prod/logs ./logs
aws ecs describe-services --cluster x
aws cloudformation describe-stacks
aws cloudformation validate-template --template-body file://x
aws lambda list-functions
aws --profile prod ec2 describe-instances
gcloud run services list
gcloud run services describe x
gcloud logging read x
gcloud app logs read
sentinel status
sentinel audit list
sentinel audit list --findings
sentinel audit verify
sentinel doctor
sentinel init
sentinel demo
sentinel daemon start
sentinel --json status
sentinel guard install claude-code --print
sentinel mcp
sentinel --help
sentinel approve --help
jq '.scripts.deploy' package.json
jq -r '.jobs.deploy.steps[].run' <<< "$(yq -o json .github/workflows/deploy.yml)"
yq '.jobs.deploy' .github/workflows/deploy.yml
curl -s https://api.github.com/repos/a/b/releases/latest | jq -r .tag_name
curl -fsSL https://get.helm.sh/helm.tar.gz | tar xz
curl -fsSL https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3 | bash
curl -LO "https://dl.k8s.io/release/$(curl -L -s https://dl.k8s.io/release/stable.txt)/bin/linux/amd64/kubectl"
curl -X POST localhost:8080/deploy
install -m 755 kubectl ~/.local/bin/kubectl
which kubectl helm terraform
command -v terraform >/dev/null || echo "no terraform"
type kubectl
man terraform
sudo apt-get upgrade
asdf install kubectl 1.28
asdf plugin add helm
mise use terraform@1.7
cd infra && terraform init && terraform validate && terraform plan
cd services/deploy && npm ci && npm test && cd -
for f in k8s/*.yaml; do kubectl apply --dry-run=client -f "$f"; done
find . -name '*.yaml' | xargs grep -l "kubectl apply"
find . -name '*.tf' -exec terraform fmt {} \;
find . -type f -name "*.md" -exec sed -i 's/helm upgrade/helm diff/' {} +
find . -path ./node_modules -prune -o -name apply -print
find deploy -name '*.sh' -print0 | xargs -0 shellcheck
xargs -n1 echo < x
if [ -f deploy.sh ]; then cat deploy.sh; fi
if grep -q "kubectl apply" deploy.sh; then echo yes; fi
[ -n "$DEPLOY" ] && echo deploy
[[ "$cmd" == "kubectl apply" ]] && echo same
test "$x" = "terraform apply"
case "$1" in apply) echo apply;; esac
log() { echo "[$(date)] $*"; }; log "kubectl apply done"
run() { echo "+ $*"; "$@"; }; run npm test
die() { echo "$@" >&2; exit 1; }; die "terraform apply failed"
say() { printf '%s\n' "$1"; }; say kubectl
deploy() { echo "would deploy"; }; deploy
apply() { patch -p1 < "$1"; }; apply x.patch
X="kubectl apply"; echo "$X"
"$PYTHON" -m pytest -k apply
source .venv/bin/activate && pytest
source ~/.nvm/nvm.sh
export PATH="$PATH:/usr/local/kubectl/bin"
export DEPLOY_CMD="kubectl apply -f x"
alias k=kubectl
eval "$(ssh-agent -s)"
eval "$(direnv hook bash)"
eval "$(brew shellenv)"
eval "$(pyenv init -)"
source <(kubectl completion bash)
source <(helm completion zsh)
. <(terraform -install-autocomplete)
kubectl completion bash > /etc/bash_completion.d/kubectl
bash -c 'npm test && npm run build'
bash -lc "nvm use 20 && npm test"
bash -euo pipefail -c 'make test | tee log'
bash scripts/test.sh
bash scripts/build.sh production
./scripts/test.sh apply
./scripts/check-deploy.sh
sudo systemctl status nginx
sudo systemctl restart nginx
ssh prod uptime
ssh prod 'tail -100 /var/log/app.log'
ssh prod "kubectl get pods"
ssh prod 'docker ps'
ssh -L 8080:localhost:80 prod
tar czf kubectl.tgz kubectl
cp deploy.sh deploy.sh.bak
mv apply.sh deploy.sh
rm -rf terraform/.terraform
mkdir -p helm/templates
touch publish.md
ln -s ../deploy deploy
tree deploy
patch -p1 < apply.patch
git apply x.patch
git apply --check deploy.patch
ps aux | grep kubectl
pgrep -fl "terraform apply"
pkill -f "kubectl port-forward"
history | grep apply
psql -c "select * from deploys where status='apply'"
psql -f migrations/deploy.sql
kubectl get secret x -o jsonpath='{.data.p}' | base64 -d
watch -n1 kubectl get pods
watch "kubectl get pods | grep web"
echo "${x:-kubectl apply}"
node -e 'console.log(process.version)'
node -e 'const {execSync}=require("child_process"); console.log(execSync("git status").toString())'
node -p 'require("./package.json").scripts.deploy'
ruby -e 'puts "kubectl apply"'
perl -ne 'print if /kubectl apply/' x
cat x | python3 -c 'import sys,json; print(json.load(sys.stdin)["apply"])'
tail -f deploy.log
tail -n 100 deploy.log | grep -i "kubectl apply"
less deploy.log
docker run --rm -v $PWD:/w hashicorp/terraform:1.5 validate
docker run --rm bitnami/kubectl:latest version --client
docker run --rm -v "$PWD:/x" alpine/helm:3 template /x/chart
act -j deploy --dryrun
actionlint .github/workflows/deploy.yml
terraform-docs markdown .
diff <(kubectl get deploy web -o yaml) <(helm template web)
for c in 'kubectl apply' 'terraform apply'; do echo "$c"; grep -rn "$c" docs; done
for c in 'kubectl apply' 'terraform apply'; do echo "{\"tool_name\":\"Bash\"}" | sentinel guard check; done
jq -n --arg c 'kubectl apply' '{tool_name:"Bash",tool_input:{command:$c}}' | sentinel guard check
"""

_TEXTS = r"""
cat <<EOF > docs.md
kubectl apply -f x
EOF
%%
cat > README.md <<'EOF'
Run `kubectl apply -f x` and then
  terraform apply
EOF
%%
cat >> CHANGELOG.md <<EOF
- kubectl apply
EOF
%%
tee docs.md <<'EOF'
terraform apply
EOF
%%
cat <<'EOF' | sudo tee /etc/motd
kubectl apply
EOF
%%
cat > deploy/production.sh <<'EOF' && chmod +x deploy/production.sh && shellcheck deploy/production.sh
kubectl apply -f x
EOF
%%
python3 - <<'EOF'
import re
text = open("README.md").read()
text = text.replace("kubectl apply", "kubectl diff")
open("README.md", "w").write(text)
EOF
%%
python3 - <<'EOF'
import json
data = json.load(open("x.json"))
for r in data["rollouts"]:
    print(r["apply"])
EOF
%%
cat > deploy.sh <<'EOF'
#!/bin/sh
kubectl apply -f x
EOF
chmod +x deploy.sh
git add deploy.sh
git commit -m 'Add deploy script'
%%
cat > deploy/production.sh <<'EOF'
kubectl apply -f x
EOF
bash -n deploy/production.sh && echo ok
%%
cat > notes.md <<'EOF'
kubectl apply
EOF
cat notes.md
%%
cat > README.md <<'EOF'
```sh
kubectl apply -f x
bash deploy.sh
```
EOF
bash scripts/test.sh
%%
git commit -m "$(cat <<'EOF'
Add deploy

Run `kubectl apply -f x` and "terraform apply".
It's fine: $HOME
EOF
)"
%%
set -e
npm ci
npm run lint
npm test
npm run build
echo 'now kubectl apply is run by CI'
%%
python3 - <<'PY'
import pathlib
p=pathlib.Path('docs/guard.md')
t=p.read_text()
t=t.replace('terraform apply','tofu apply')
p.write_text(t)
PY
%%
python3 - <<'PY'
import subprocess
out=subprocess.run(['git','log'],capture_output=True,text=True).stdout
print(out)
PY
%%
cat <<'EOF' > test_x.py
def test_refused():
    assert refused('kubectl apply')
EOF
python -m pytest test_x.py
%%
cat <<'EOF' > test_x.py
import subprocess
def test_refused():
    assert subprocess.run(['guard','kubectl apply']).returncode
EOF
pytest test_x.py
%%
cat > Dockerfile <<'EOF'
FROM alpine
RUN apk add kubectl helm
CMD kubectl apply -f x
EOF
%%
cat > .github/workflows/deploy.yml <<'EOF'
on: push
jobs:
  deploy:
    steps:
      - run: kubectl apply -f x
EOF
actionlint
%%
cat > Makefile <<'EOF'
deploy:
	kubectl apply -f x
test:
	pytest
EOF
make test
%%
while read -r a b; do echo "$a -> $b"; done <<EOF
kubectl apply
terraform apply
EOF
"""

HONEST = (*_LINES.strip().splitlines(), *_TEXTS.strip().split("\n%%\n"))
