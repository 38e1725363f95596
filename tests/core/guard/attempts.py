"""Deployments written in ways that once got past the guard: a line each, and texts of several lines behind `%%`."""

_LINES = r"""
run() { "$@"; }; run kubectl apply -f x
run() { echo "+ $*"; "$@"; }; run terraform apply
cmd=(kubectl); cmd+=(apply -f x); "${cmd[@]}"
cmd=kubectl; cmd+=" apply"; $cmd -f x
read -r c <<< "kubectl apply -f x"; $c
read -r a b <<< "kubectl apply"; $a $b -f x
echo "kubectl apply -f x" | while read -r line; do $line; done
echo "kubectl apply -f x" | while read -r line; do eval "$line"; done
while read l; do $l; done <<< 'kubectl apply -f x'
mapfile -t a <<< "kubectl apply -f x"; ${a[0]}
mapfile -t c < <(printf 'kubectl\napply\n'); "${c[@]}"
printf -v c '%s %s' kubectl apply; $c -f x
bash <(echo kubectl apply -f x)
source <(echo kubectl apply -f x)
. <(echo kubectl apply -f x)
source /dev/stdin <<< "kubectl apply -f x"
echo "kubectl apply -f x" | source /dev/stdin
bash /dev/stdin <<< "kubectl apply -f x"
bash -s -- a <<< "kubectl apply -f x"
bash < <(echo kubectl apply -f x)
echo 'kubectl apply -f x' > x.sh; bash x.sh
echo 'kubectl apply -f x' > x.sh && chmod +x x.sh && ./x.sh
printf 'kubectl apply -f x\n' > /tmp/d.sh; sh /tmp/d.sh
echo 'kubectl apply' | tee x.sh >/dev/null; sh x.sh
echo 'kubectl apply -f x' >> x.sh; source x.sh
make -f - <<< $'all:\n\tkubectl apply -f x'
printf 'all:\n\tkubectl apply -f x\n' | make -f -
docker run --rm -v ~/.kube:/root/.kube bitnami/kubectl:latest apply -f /x
docker run --rm -it hashicorp/terraform:1.5 apply -auto-approve
KUBECTL apply -f x
printf 'apply\0-f\0x' | xargs -0 kubectl
echo "kubectl apply -f x" | parallel
echo a3ViZWN0bCBhcHBseSAtZiB4 | base64 -d > x.sh; sh x.sh
python3 -c "import base64,os; os.system(base64.b64decode('a3ViZWN0bCBhcHBseSAtZiB4').decode())"
bash <(base64 -d <<< a3ViZWN0bCBhcHBseSAtZiB4)
echo 'kubectl apply' | rot13 | sh
gzip -dc x.gz | sh
git push origin HEAD:refs/tags/v1
git push origin "refs/tags/*"
git push origin 'refs/tags/*:refs/tags/*'
git push -f origin v1.2.0
git push origin tag v1
./scripts/deploy.sh production
ssh prod ./deploy.sh
bash -x scripts/deploy.sh
C:/bin/kubectl.exe apply -f x
V=1; bash -euo pipefail -c "kubectl $V; kubectl apply"
git push origin "v$(cat VERSION)"
V=$(cat VERSION); git push origin "v$V"
git -c push.followTags=true push
git push --repo=origin v1.2.0
git send-pack origin v1.2.0
hub release create v1.2.0
npm run publish
npm run deploy
yarn deploy
pnpm run deploy:prod
npx vercel --prod
npx vercel
vercel --prod
vercel
npx wrangler pages deploy dist
wrangler pages publish dist
npx firebase-tools deploy
npx gh-pages -d dist
npx semantic-release
npx release-it
aws s3 sync dist s3://prod
aws s3 cp x s3://prod/x
aws --profile prod s3 sync . s3://b
aws lambda publish-version --function-name x
aws amplify start-deployment
gcloud beta run deploy x
gcloud builds submit
gcloud container clusters delete x
gcloud deploy releases create r
gcloud storage rsync dist gs://prod
gsutil rsync -r dist gs://prod
az webapp deployment source config-zip
az aks command invoke --command "kubectl apply -f x"
az deployment group create
gh workflow run deploy.yml
gh workflow run deploy
gh api -X POST repos/a/b/releases
gh api --method POST repos/a/b/releases -f tag_name=v1
gh api repos/a/b/releases -f tag_name=v1.2.0
gh api -X POST repos/a/b/deployments
gh api repos/a/b/actions/workflows/deploy.yml/dispatches -f ref=main
gh api -X POST /repos/a/b/git/refs -f ref=refs/tags/v1.2.0
python3 -Ec 'import os; os.system("kubectl apply -f x")'
python3 -Bc "import os; os.system('kubectl apply')"
python3 <(echo "import os; os.system('kubectl apply')")
ipython -c "!kubectl apply -f x"
perl -le '`kubectl apply`'
perl -we 'system("kubectl apply")'
node --eval='require("child_process").execSync("kubectl apply")'
node -pe 'require("child_process").execSync("kubectl apply")'
bun -e 'Bun.spawn(["kubectl","apply"])'
tsx -e 'require("child_process").execSync("kubectl apply")'
lua -e 'os.execute("kubectl apply -f x")'
awk 'BEGIN { "kubectl apply -f x" | getline }'
awk '{print "kubectl apply -f " $1}' list | sh
sed -n 's/.*/kubectl apply -f &/p' list | sh
osascript -e 'do shell script "kubectl apply -f x"'
pwsh -c "kubectl apply -f x"
pwsh -Command "kubectl apply -f x"
powershell -NoProfile -Command "& {kubectl apply -f x}"
powershell.exe -c "terraform apply"
cmd /c "kubectl apply -f x"
cmd.exe /c kubectl apply -f x
wsl kubectl apply -f x
wsl -e bash -c "kubectl apply"
expect -c 'spawn kubectl apply -f x'
at now <<< "kubectl apply -f x"
echo "kubectl apply -f x" | at now
echo "kubectl apply -f x" | at now + 1 minute
echo "kubectl apply -f x" | batch
(crontab -l; echo "* * * * * kubectl apply -f x") | crontab -
echo "* * * * * kubectl apply -f x" | crontab -
crontab <<< "* * * * * kubectl apply -f x"
gdb -batch -ex 'shell kubectl apply'
git -c alias.x='!kubectl apply -f x' x
git config alias.d '!kubectl apply -f x' && git d
git bisect run kubectl apply -f x
git rebase --exec 'kubectl apply -f x' main
git rebase -x "kubectl apply -f x" HEAD~2
git submodule foreach 'kubectl apply -f x'
git -c core.pager='kubectl apply -f x' log
GIT_SSH_COMMAND='kubectl apply -f x' git fetch
PAGER='kubectl apply -f x' man ls
EDITOR='kubectl apply -f' git commit
GIT_EDITOR="kubectl apply -f" git commit
PROMPT_COMMAND='kubectl apply -f x' bash
npm set-script deploy "kubectl apply -f x" && npm run deploy
make deploy
make publish
just deploy
task deploy
./deploy.sh production
bash scripts/deploy.sh prod
mage deploy
rake deploy
fab deploy
ansible all -m shell -a 'kubectl apply -f x'
ansible localhost -m command -a "kubectl apply -f x"
su deploy <<< "kubectl apply"
sudo -s <<< 'kubectl apply -f x'
nix run nixpkgs#kubectl -- apply -f x
doppler run --command="terraform apply"
sops exec-env secrets.yaml 'terraform apply'
vault-env terraform apply
envchain prod kubectl apply -f x
env-cmd kubectl apply -f x
cross-env A=b kubectl apply -f x
concurrently "kubectl apply -f x" "ls"
npx concurrently "kubectl apply -f x"
nodemon --exec "kubectl apply -f x"
hyperfine 'kubectl apply -f x'
with-contenv kubectl apply -f x
tsh ssh root@h kubectl apply -f x
tsh kubectl apply -f x
gcloud compute ssh vm --command "kubectl apply -f x"
vagrant ssh -c "kubectl apply -f x"
limactl shell default kubectl apply -f x
lima kubectl apply -f x
microk8s.kubectl apply -f x
k0s kubectl apply -f x
kubectl-1.28 apply -f x
kubectl1.28 apply -f x
helm3 upgrade web ./c
helm secrets upgrade web ./c
tf apply
terragrunt apply-all
cdktf deploy
flux reconcile kustomization x
kubectl argo rollouts promote x
kubectl-argo-rollouts promote x
istioctl install
eksctl create cluster
eksctl delete cluster
docker-compose push
ko apply -f x
ko publish .
./gradlew :app:publish
./gradlew publishToMavenCentral
gradle publishAllPublicationsToX
gradle jib
./mvnw clean deploy -DskipTests
mvn release:perform
sbt publish
sbt publishSigned
cargo release --execute
rake release
bundle exec rake release
python setup.py sdist upload
maturin publish
maturin upload
dotnet nuget push x
mix hex.publish
lein deploy
pod trunk push
fastlane release
fastlane deliver
flutter pub publish
dart pub publish
anaconda upload x
fly machine run x
git push heroku main
git push dokku main
render deploys create x
doctl apps create-deployment x
doctl apps update x
sam sync
kamal app boot
mrsk deploy
waypoint up
earthly --push +release
garden deploy
okteto deploy
shipit production deploy
.venv/bin/python -m sentinel.front.cli approve
expect -c 'spawn sentinel approve; send "DEPLOY-NOW\r"'
kubectl${IFS}apply${IFS}-f${IFS}x
hash -p /usr/local/bin/kubectl k; k apply
ln -s $(which kubectl) k; ./k apply -f x
ln -s $(which kubectl) /tmp/k && /tmp/k apply -f x
cp $(which kubectl) /tmp/k; /tmp/k apply -f x
cp /usr/local/bin/kubectl ./k && ./k apply -f x
echo ${x:=`kubectl apply`}
a[$(kubectl apply -f x)]=1
echo $(( $(kubectl apply) + 1 ))
bash -c 'eval "$0 $1"' kubectl apply
bash -c '"$@"' _ kubectl apply -f x
bash -c '$0 $@' kubectl apply -f x
bash -O extglob -c 'kubectl apply'
bash --rcfile x -c 'kubectl apply'
bash -o pipefail -c 'kubectl apply'
bash -euo pipefail -c 'kubectl apply'
bash --init-file <(echo 'kubectl apply')
nu -c 'kubectl apply'
xonsh -c 'kubectl apply'
elvish -c 'kubectl apply'
tcsh -c 'kubectl apply'
csh -c 'kubectl apply'
toybox sh -c 'kubectl apply'
jq -rn '"kubectl apply -f x"' | sh
jq -rn '"kubectl apply"' | bash
python3 -c 'print("kubectl apply -f x")' | sh
perl -e 'print "kubectl apply"' | sh
node -p '"kubectl apply"' | sh
awk 'BEGIN{print "kubectl apply -f x"}' | bash
seq 1 | sed 's/1/kubectl apply -f x/' | sh
head -c 100 <<< 'kubectl apply -f x' | sh
grep -h 'kubectl apply' docs/*.md | sh
sort <<< 'kubectl apply -f x' | sh
cut -c3- <<< '# kubectl apply -f x' | sh
tail -n1 <<< $'x\nkubectl apply -f x' | bash
tac <<< 'kubectl apply -f x' | bash
cat <(echo kubectl apply) | sh
{ echo -n 'kubectl '; echo apply; } | sh
f() { local tool=$1; shift; $tool "$@"; }; f kubectl apply
f() { eval "$*"; }; f kubectl apply
./infra/deploy.sh
"""

_TEXTS = r"""
while read l; do eval "$l"; done <<EOF
kubectl apply -f x
EOF
%%
. /dev/stdin <<EOF
kubectl apply -f x
EOF
%%
cat <<'EOF' > /tmp/deploy.sh && bash /tmp/deploy.sh
kubectl apply -f x
EOF
%%
cat > x.sh <<'EOF' && chmod +x x.sh && ./x.sh
kubectl apply -f x
EOF
%%
make -f - deploy <<'EOF'
deploy:
	kubectl apply -f x
EOF
%%
expect <<EOF
spawn kubectl apply -f x
EOF
%%
cat > x.sh <<'EOF'
kubectl apply -f x
EOF
bash x.sh
%%
tee x.sh <<EOF
kubectl apply -f x
EOF
sh x.sh
%%
cat > x.py <<'EOF'
import subprocess
subprocess.run(['kubectl','apply'])
EOF
python3 x.py
%%
cat > d.sh <<'EOF'
#!/bin/bash
set -e
terraform apply
EOF
chmod +x d.sh
./d.sh
"""

ATTEMPTS = (*_LINES.strip().splitlines(), *_TEXTS.strip().split("\n%%\n"))
