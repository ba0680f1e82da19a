"""Manifests by the schemas, strictly (schemas.py), and what no schema knows: that they fit each other, the image and
the program."""

import copy
import json
import os
import re
import subprocess

import pytest
import yaml
from dockerfile_parse import DockerfileParser

import schemas
from debian import PROJECT

KUBERNETES = PROJECT / "deploy/kubernetes"
FILES = sorted(path for folder in ("kubernetes", "kserve") for path in (PROJECT / "deploy" / folder).rglob("*.yaml")
               if path.name != "kustomization.yaml")


def manifests(path):
    return [manifest for manifest in yaml.safe_load_all(path.read_text()) if manifest]


EVERY = [(path, manifest) for path in FILES for manifest in manifests(path)]


def named(pair):
    return f"{pair[0].parent.name}/{pair[0].stem}: {pair[1]['kind']}"


def of_kind(kind):
    return [manifest for _, manifest in EVERY if manifest["kind"] == kind]


@pytest.mark.parametrize("manifest", [pair[1] for pair in EVERY], ids=map(named, EVERY))
def test_it_is_what_the_schemas_say(manifest):
    schemas.check(manifest)


def places(value, path=()):
    """Every mapping in a manifest, but those whose keys are anybody's."""
    free = {"labels", "matchLabels", "annotations", "data", "requests", "limits", "nodeSelector"}
    if isinstance(value, dict):
        yield path
        for key, below in value.items():
            if key not in free:
                yield from places(below, (*path, key))
    elif isinstance(value, list):
        for place, below in enumerate(value):
            yield from places(below, (*path, place))


@pytest.mark.parametrize("manifest", [pair[1] for pair in EVERY], ids=map(named, EVERY))
def test_a_mistyped_key_fails_wherever_it_stands(manifest):
    for path in places(manifest):
        changed = copy.deepcopy(manifest)
        at = changed
        for key in path:
            at = at[key]
        at["replcias"] = 3
        with pytest.raises((schemas.Wrong, schemas.kubernetes_validate.ValidationError)):
            schemas.check(changed)
            pytest.fail(f"an unknown key is taken at {path}")


def pod(manifest):
    match manifest["kind"]:
        case "Deployment" | "Job": return manifest["spec"]["template"]["spec"]
        case "ClusterServingRuntime": return manifest["spec"]
        case _: return None


PODS = [pair for pair in EVERY if pod(pair[1])]


@pytest.mark.parametrize("manifest", [pair[1] for pair in PODS], ids=map(named, PODS))
def test_a_pod_may_do_as_little_as_the_image_needs(manifest):
    """The namespace enforces Kubernetes' profile "restricted"; the root is not written either."""
    below = pod(manifest)
    for container in below["containers"]:
        context = {**below.get("securityContext", {}), **container["securityContext"]}
        assert context["runAsNonRoot"] and context["readOnlyRootFilesystem"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]} and context["seccompProfile"]["type"] == "RuntimeDefault"
        assert context["runAsUser"] == image_user()
        assert container["resources"]["limits"]["memory"] and container["resources"]["requests"]["cpu"]
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted <= {volume["name"] for volume in below["volumes"]}
    if manifest["kind"] != "ClusterServingRuntime":
        assert below["automountServiceAccountToken"] is False
        # Else a service named gaze would set GAZE_PORT.
        assert below["enableServiceLinks"] is False


def image_user():
    lines = DockerfileParser(str(PROJECT / "deploy/docker/Dockerfile")).structure
    users = [line["value"] for line in lines if line["instruction"] == "USER"]
    return int(users[-1].split(":")[0])


def test_what_is_selected_is_there():
    deployment, = of_kind("Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    service, = of_kind("Service")
    budget, = of_kind("PodDisruptionBudget")
    for selector in (service["spec"]["selector"], budget["spec"]["selector"]["matchLabels"],
                     deployment["spec"]["selector"]["matchLabels"]):
        assert selector.items() <= labels.items()
    autoscaler, = of_kind("HorizontalPodAutoscaler")
    assert autoscaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    ingress, = of_kind("Ingress")
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] == service["metadata"]["name"]
    assert backend["port"]["name"] in [port["name"] for port in service["spec"]["ports"]]
    ports = [port["name"] for port in deployment["spec"]["template"]["spec"]["containers"][0]["ports"]]
    assert service["spec"]["ports"][0]["targetPort"] in ports
    claims = {claim["metadata"]["name"] for claim in of_kind("PersistentVolumeClaim")}
    for volume in deployment["spec"]["template"]["spec"]["volumes"]:
        if "persistentVolumeClaim" in volume:
            assert volume["persistentVolumeClaim"]["claimName"] in claims
    templates = [job["spec"]["template"]["metadata"] for job in of_kind("Job")]
    components = {template["labels"]["app.kubernetes.io/component"] for template in templates}
    for policy in of_kind("NetworkPolicy"):
        component = policy["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        assert component in components | {"serve"}


def test_the_kustomization_names_every_file():
    kustomization = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
    assert set(kustomization["resources"]) == {path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}


def test_there_is_time_to_end():
    settings, = of_kind("ConfigMap")
    deployment, = of_kind("Deployment")
    ending = int(settings["data"]["GAZE_SHUTDOWN_DELAY"]) + int(settings["data"]["GAZE_SHUTDOWN_TIMEOUT"])
    probe = deployment["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]
    assert ending < deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert int(settings["data"]["GAZE_SHUTDOWN_DELAY"]) > probe["periodSeconds"] * probe["failureThreshold"]


def test_each_pod_has_a_part():
    job, = (job for job in of_kind("Job") if job["spec"].get("completionMode") == "Indexed")
    arguments = job["spec"]["template"]["spec"]["containers"][0]["args"]
    assert arguments[arguments.index("--shard") + 1] == f"auto/{job['spec']['completions']}"
    script = (PROJECT / "deploy/slurm/explain.sbatch").read_text()
    assert re.search(r"#SBATCH --array=0-\d+$", script, re.M) and "--shard auto " in script


def test_the_ingress_leads_back_as_haproxy_does():
    """Rules that make the difference are the same in both."""
    ingress, = of_kind("Ingress")
    rules = ingress["metadata"]["annotations"]["haproxy-ingress.github.io/config-backend"].replace("gaze_", "")
    configuration = [" ".join(line.split()) for line in
                     (PROJECT / "deploy/haproxy/haproxy.cfg").read_text().splitlines()]
    for rule in rules.strip().splitlines():
        assert rule in configuration, rule


SERVING = [pair for pair in PODS if pod(pair[1])["containers"][0]["args"][0] == "serve"]


@pytest.mark.parametrize("manifest", [pair[1] for pair in SERVING], ids=map(named, SERVING))
def test_the_program_takes_what_it_is_given(manifest, command):
    """Arguments and variables as the container gets them, and those that Kubernetes sets for a service named gaze."""
    container = pod(manifest)["containers"][0]
    variables = {variable["name"]: variable["value"] for variable in container["env"] if "value" in variable}
    if "envFrom" in container:
        variables |= of_kind("ConfigMap")[0]["data"]
    arguments = [argument.replace("$(POD_NAME)", "gaze-7d9f8b6c5-x2x4z").replace("{{.Name}}", "efficientnet-lite0")
                 for argument in container["args"]]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("GAZE_")}
    done = subprocess.run([command[0], *arguments, "--print-config"], env=outside | variables, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["port"] == container["ports"][0]["containerPort"]
