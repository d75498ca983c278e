"""The one-node Kubernetes cluster: etcd, API server, controller manager, scheduler, containerd, kubelet,
kube-proxy.
"""

import contextlib
import json
import os
import subprocess
import urllib.request
from pathlib import Path

from . import builds, cgroups, images, mountns, pki, process
from .api import Api
from .settings import (
    DNS_IP,
    NODE_IP,
    NODE_NAME,
    POD_CIDR,
    REGISTRY,
    SERVICE_CIDR,
    PeerError,
    State,
    write,
)

# In the order in which they stop: nothing may restart what the next one takes away.
PARTS = [
    "kubelet",
    "kube-proxy",
    "kube-scheduler",
    "kube-controller-manager",
    "containerd",
    "kube-apiserver",
    "etcd",
]
PAUSE = "docker.io/lab/pause:1"


def up(state: State) -> None:
    for folder in ("data", "run", "logs", "pods-logs", "volume-plugins"):
        state.make(folder)
    pki.make(state)
    programs = builds.output("node")
    _start_etcd(state, programs)
    _start_containerd(state)
    api = _start_apiserver(state, programs)
    process.wait_ready(state, "containerd", lambda: _ctr(state, "version").returncode == 0)
    _import_pause(state)
    _start_controllers(state, programs)
    _start_kubelet(state, programs)
    process.wait_ready(
        state, "kubelet", lambda: _healthy("http://127.0.0.1:10248/healthz") and _node_ready(api)
    )
    process.wait_ready(state, "kube-proxy", lambda: _healthy("http://127.0.0.1:10256/livez"))
    process.wait_ready(
        state, "kube-apiserver", lambda: api.ok("/api/v1/namespaces/default/serviceaccounts/default")
    )


def _start_etcd(state: State, programs: Path) -> None:
    client, peer = "http://127.0.0.1:2379", "http://127.0.0.1:2380"
    process.start(
        state,
        "etcd",
        [
            str(programs / "etcd"),
            "--data-dir",
            str(state.path("data", "etcd")),
            "--listen-client-urls",
            client,
            "--advertise-client-urls",
            client,
            "--listen-peer-urls",
            peer,
            "--initial-advertise-peer-urls",
            peer,
            "--initial-cluster",
            f"default={peer}",
            "--unsafe-no-fsync",
            "--quota-backend-bytes",
            str(2 << 30),
        ],
    )

    process.wait_ready(state, "etcd", lambda: _healthy(f"{client}/health"))


def _healthy(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=2) as answer:
        return answer.status == 200


def _start_apiserver(state: State, programs: Path) -> Api:
    keys = state.path("pki")
    policy = write(
        state.path("audit-policy.json"),
        json.dumps(
            {
                "apiVersion": "audit.k8s.io/v1",
                "kind": "Policy",
                "omitStages": ["RequestReceived"],
                "rules": [
                    # The control plane's own reads and leases would drown what a test looks for.
                    {
                        "level": "None",
                        "resources": [{"group": "coordination.k8s.io", "resources": ["leases"]}],
                        "userGroups": ["system:nodes", "system:serviceaccounts"],
                    },
                    {
                        "level": "None",
                        "verbs": ["get", "list", "watch"],
                        "users": ["system:apiserver", "system:kube-scheduler", "system:kube-proxy", "peers"],
                    },
                    {"level": "Metadata"},
                ],
            },
            indent=2,
        ),
    )
    process.start(
        state,
        "kube-apiserver",
        [
            str(programs / "kube-apiserver"),
            "--etcd-servers=http://127.0.0.1:2379",
            f"--bind-address={NODE_IP}",
            f"--advertise-address={NODE_IP}",
            "--secure-port=6443",
            f"--tls-cert-file={keys}/server.crt",
            f"--tls-private-key-file={keys}/server.key",
            f"--client-ca-file={keys}/ca.crt",
            f"--cert-dir={state.path('data', 'apiserver')}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={keys}/sa.pub",
            f"--service-account-signing-key-file={keys}/sa.key",
            f"--service-cluster-ip-range={SERVICE_CIDR}",
            "--authorization-mode=Node,RBAC",
            "--allow-privileged",
            f"--kubelet-client-certificate={keys}/apiserver-kubelet.crt",
            f"--kubelet-client-key={keys}/apiserver-kubelet.key",
            # The node's name resolves nowhere: logs and exec must use its address.
            "--kubelet-preferred-address-types=InternalIP",
            f"--requestheader-client-ca-file={keys}/ca.crt",
            "--requestheader-allowed-names=front-proxy",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
            f"--proxy-client-cert-file={keys}/front.crt",
            f"--proxy-client-key-file={keys}/front.key",
            f"--audit-policy-file={policy}",
            f"--audit-log-path={state.audit_log}",
            "--audit-log-maxsize=1000",
            "--audit-log-maxbackup=1",
        ],
    )
    api = Api(state)
    process.wait_ready(state, "kube-apiserver", lambda: api.ok("/readyz"))
    return api


def _start_controllers(state: State, programs: Path) -> None:
    keys = state.path("pki")
    process.start(
        state,
        "kube-controller-manager",
        [
            str(programs / "kube-controller-manager"),
            f"--kubeconfig={state.path('kcm.kubeconfig')}",
            f"--service-account-private-key-file={keys}/sa.key",
            f"--root-ca-file={keys}/ca.crt",
            f"--cluster-cidr={POD_CIDR}",
            "--allocate-node-cidrs=true",
            "--use-service-account-credentials",
            f"--cluster-signing-cert-file={keys}/ca.crt",
            f"--cluster-signing-key-file={keys}/ca.key",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            "--kube-api-qps=200",
            "--kube-api-burst=400",
            "--horizontal-pod-autoscaler-sync-period=5s",
            "--horizontal-pod-autoscaler-cpu-initialization-period=10s",
            "--horizontal-pod-autoscaler-initial-readiness-delay=5s",
        ],
    )
    scheduler = state.path("scheduler.kubeconfig")
    process.start(
        state,
        "kube-scheduler",
        [
            str(programs / "kube-scheduler"),
            f"--kubeconfig={scheduler}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            f"--authentication-kubeconfig={scheduler}",
            f"--authorization-kubeconfig={scheduler}",
        ],
    )
    configuration = write(
        state.path("kube-proxy.json"),
        json.dumps(
            {
                "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
                "kind": "KubeProxyConfiguration",
                "clientConnection": {"kubeconfig": str(state.path("proxy.kubeconfig"))},
                # The limits of conntrack are the machine's, not the namespace's; kube-proxy dies when it
                # may not set them.
                "conntrack": {"maxPerCore": 0, "min": 0},
                "mode": "iptables",
                "iptables": {"minSyncPeriod": "100ms"},
                "clusterCIDR": POD_CIDR,
                "hostnameOverride": NODE_NAME,
                "healthzBindAddress": "127.0.0.1:10256",
                "metricsBindAddress": "127.0.0.1:10249",
            },
            indent=2,
        ),
    )
    process.start(state, "kube-proxy", [str(programs / "kube-proxy"), f"--config={configuration}"])


def _start_containerd(state: State) -> None:
    cni = state.make("cni")
    write(
        cni / "10-pods.conflist",
        json.dumps(
            {
                "cniVersion": "1.0.0",
                "name": state.name,
                "plugins": [
                    {
                        "type": "bridge",
                        "bridge": "cni0",
                        "isGateway": True,
                        "ipMasq": True,
                        "hairpinMode": True,
                        "ipam": {
                            "type": "host-local",
                            "dataDir": str(state.path("data", "cni")),
                            "ranges": [[{"subnet": "10.97.0.0/24"}]],
                            "routes": [{"dst": "0.0.0.0/0"}],
                        },
                    },
                    {"type": "portmap", "capabilities": {"portMappings": True}},
                ],
            },
            indent=2,
        ),
    )
    hosts = state.make("registries", REGISTRY)
    write(
        hosts / "hosts.toml",
        f'server = "http://{REGISTRY}"\n[host."http://{REGISTRY}"]\n  capabilities = ["pull", "resolve"]\n',
    )
    configuration = write(
        state.path("containerd.toml"),
        f'''version = 2
root = "{state.path("data", "containerd")}"
state = "{state.path("run", "containerd")}"
[grpc]
  address = "{_socket(state)}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  # Without CAP_SYS_RESOURCE runc may not lower an oom score and dies with "can't get final child's PID
  # from pipe: EOF".
  restrict_oom_score_adj = true
  # The pods' namespaces are mounts below the state folder, where `down` finds them after any crash.
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{cni}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{state.path("registries")}"
''',
    )
    _start_in_mount_namespace(state, "containerd", ["containerd", "-c", str(configuration)])


def _start_in_mount_namespace(state: State, name: str, command: list[str]) -> None:
    """The runtime and the kubelet share one; the first of them makes it."""
    other = process.remembered(state, "kubelet" if name == "containerd" else "containerd")
    if other:
        command = mountns.joined(other.pid, command)
    else:
        command = mountns.apart(str(state.make("run", "root")), command)
    process.start(state, name, command)


def _start_kubelet(state: State, programs: Path) -> None:
    keys = state.path("pki")
    configuration = write(
        state.path("kubelet.json"),
        json.dumps(
            {
                "apiVersion": "kubelet.config.k8s.io/v1beta1",
                "kind": "KubeletConfiguration",
                "authentication": {
                    "x509": {"clientCAFile": str(keys / "ca.crt")},
                    "webhook": {"enabled": True},
                    "anonymous": {"enabled": False},
                },
                "authorization": {"mode": "Webhook"},
                "address": NODE_IP,
                "healthzBindAddress": "127.0.0.1",
                "cgroupDriver": "cgroupfs",
                "cgroupRoot": f"/{state.name}",
                "failCgroupV1": False,
                "containerRuntimeEndpoint": f"unix://{_socket(state)}",
                "tlsCertFile": str(keys / "kubelet.crt"),
                "tlsPrivateKeyFile": str(keys / "kubelet.key"),
                "failSwapOn": False,
                "clusterDomain": "cluster.local",
                "clusterDNS": [DNS_IP],
                "resolvConf": "/dev/null",
                "syncFrequency": "1s",
                "fileCheckFrequency": "1s",
                "httpCheckFrequency": "1s",
                "configMapAndSecretChangeDetectionStrategy": "Watch",
                "nodeStatusUpdateFrequency": "5s",
                "nodeStatusReportFrequency": "30s",
                "serializeImagePulls": False,
                "maxParallelImagePulls": 4,
                "registryPullQPS": 0,
                "eventRecordQPS": 0,
                "kubeAPIQPS": 200,
                "kubeAPIBurst": 400,
                "maxPods": 200,
                # A developer's disk may be nearly full; the lab's pods and images stay all the same.
                "evictionHard": {
                    "imagefs.available": "0%",
                    "nodefs.available": "0%",
                    "nodefs.inodesFree": "0%",
                },
                "imageGCHighThresholdPercent": 100,
                "imageGCLowThresholdPercent": 99,
                "podLogsDir": str(state.path("pods-logs")),
                "volumePluginDir": str(state.path("volume-plugins")),
                "shutdownGracePeriod": "0s",
            },
            indent=2,
        ),
    )
    _start_in_mount_namespace(
        state,
        "kubelet",
        [
            str(programs / "kubelet"),
            f"--config={configuration}",
            f"--kubeconfig={state.path('kubelet.kubeconfig')}",
            f"--hostname-override={NODE_NAME}",
            f"--node-ip={NODE_IP}",
            f"--root-dir={state.path('data', 'kubelet')}",
        ],
    )


def _node_ready(api: Api) -> bool:
    conditions = api.get(f"/api/v1/nodes/{NODE_NAME}")["status"].get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _socket(state: State) -> Path:
    return state.path("run", "containerd.sock")


def _ctr(state: State, *arguments: str, timeout: float = 10.0) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["ctr", "-a", str(_socket(state)), "--connect-timeout", "2s", "-n", "k8s.io", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def _import_pause(state: State) -> None:
    """The sandbox image comes from a file: no pod, and so no registry in a pod, could start without it."""
    if PAUSE in _ctr(state, "images", "ls", "-q").stdout.split():
        return
    archive = state.path("run", "pause.tar")
    images.pause().write_archive(archive, PAUSE)
    done = _ctr(state, "images", "import", str(archive), timeout=60.0)
    archive.unlink()
    if done.returncode != 0:
        raise PeerError(f"containerd did not take the sandbox image: {done.stderr.strip()}")


def stop(state: State) -> None:
    """Stops the node; works on whatever is left of it after a crash."""
    process.stop(state, PARTS[:4], patience=2.0)
    _stop_containers(state)
    process.stop(state, PARTS[4:], patience=2.0)
    _end_shims(state)
    _remove_leftovers(state)


def _stop_containers(state: State) -> None:
    """Asks the runtime, where it still answers, to end every container; it then ends its shims itself."""
    if process.remembered(state, "containerd") is None:
        return
    try:
        tasks = _ctr(state, "tasks", "ls", "-q").stdout.split()
        for task in tasks:
            _ctr(state, "tasks", "kill", "-s", "SIGKILL", "-a", task)
        if tasks:
            _ctr(state, "tasks", "delete", "-f", *tasks, timeout=30.0)
    except subprocess.TimeoutExpired:
        return  # a stopped or hung containerd; its shims are ended by id


def _end_shims(state: State) -> None:
    """Ends shims whose -address is this node's socket, and then every process of the pods' control groups."""
    address = str(_socket(state)).encode()
    shims = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            arguments = Path("/proc", entry, "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if (
            b"containerd-shim" in arguments[0]
            and address in arguments
            and (found := process.identify(int(entry)))
        ):
            shims.append(found)
    process.end(shims, patience=0.0)
    servers = cgroups.servers_file(state)
    try:
        keep = set(map(int, servers.read_text().split()))
    except OSError:
        keep = set()
    pods = [found for pid in cgroups.members(state) - keep if (found := process.identify(pid))]
    process.end(pods, patience=0.0)


def _remove_leftovers(state: State) -> None:
    """Files outside the state folder that the runtime, CNI and the kubelet write at fixed places."""
    bundles = state.path("run", "containerd", "io.containerd.runtime.v2.task", "k8s.io")
    for bundle in bundles.glob("*") if bundles.is_dir() else []:
        with contextlib.suppress(
            OSError
        ):  # a pod's container has no socket of its own, or it is gone already
            Path((bundle / "address").read_text().strip().removeprefix("unix://")).unlink(missing_ok=True)
        record = Path("/run/containerd/runc/k8s.io") / bundle.name
        if record.is_dir():
            for file in record.iterdir():
                file.unlink(missing_ok=True)
            record.rmdir()
    results = Path("/var/lib/cni/results")
    for record in results.glob(f"{state.name}-*-eth0"):
        container = record.name.removeprefix(f"{state.name}-").removesuffix("-eth0")
        (results / f"cni-loopback-{container}-lo").unlink(missing_ok=True)
        record.unlink(missing_ok=True)
    for link in Path("/var/log/containers").glob("*.log"):
        if link.is_symlink() and os.readlink(link).startswith(f"{state.path('pods-logs')}/"):
            link.unlink(missing_ok=True)
