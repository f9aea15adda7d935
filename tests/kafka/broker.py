"""An Apache Kafka of one node or of three on free loopback ports: `python -m tests.kafka.broker` runs one until Ctrl-C."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Self

from tests.infra.waiting import until
from tests.kafka.certificates import Authority
from tests.kafka.proxy import Door, door

JARS = Path(os.environ.get("TALLY_KAFKA_JARS") or Path(__file__).parents[2] / ".ci" / "kafka" / "jars")
# A quick start counts for more here than a quick broker.
JAVA = ("java", "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Djava.awt.headless=true")
LOGGING = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info")
READY = b"Kafka Server started"
# Any will do, as long as it has the form of one.
CLUSTER = "VGFsbHlzdGlja1Rlc3RzMQ"
USER, PASSWORD = "tally", "s3cret"
FORMAT = ("-t", CLUSTER, "--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]")
PROPERTIES = """\
process.roles=broker,controller
node.id={node}
{quorum}
listeners=PLAINTEXT://{host}:{port},SECURE://{host}:{secure},MUTUAL://{host}:{mutual},CONTROLLER://{host}:{controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL,MUTUAL:SSL,CONTROLLER:PLAINTEXT
advertised.listeners=PLAINTEXT://{host}:{advertised},SECURE://{host}:{secure},MUTUAL://{host}:{mutual}
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_tally="{password}";
listener.name.secure.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.mutual.ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location={folder}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={folder}/authority.pem
controller.listener.names=CONTROLLER
log.dirs={folder}/log
auto.create.topics.enable=false
default.replication.factor={replicas}
min.insync.replicas={enough}
offsets.topic.replication.factor={replicas}
offsets.topic.num.partitions=1
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={enough}
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=4
broker.heartbeat.interval.ms=250
broker.session.timeout.ms=1500
replica.lag.time.max.ms=3000
{further}
"""
# Brokers wait for one another for half a minute when nobody tells them that somebody is gone or asleep.
IMPATIENT = """\
request.timeout.ms=3000
controller.socket.timeout.ms=2000
replica.socket.timeout.ms=3000
"""


def missing() -> str | None:
    """What is not there for a broker, and how to come by it; None where everything is."""
    if not any(JARS.glob("kafka_*.jar")):
        return f"there is no Apache Kafka in {JARS}; .ci/kafka/fetch brings it"
    return None if shutil.which(JAVA[0]) else "there is no Java (17 or later) on the path to run Apache Kafka with"


class Node(NamedTuple):
    """One node: its ports, where it says that clients find it, and all nodes of the cluster by their number; alone if they are not said."""

    port: int
    secure: int
    mutual: int
    controller: int
    advertised: int
    number: int = 1
    cluster: Mapping[int, str] = MappingProxyType({})
    host: str = "127.0.0.1"

    def properties(self, folder: Path) -> str:
        """As the broker reads them."""
        voters = ",".join(f"{number}@{controller}" for number, controller in self.cluster.items())
        alone = f"controller.quorum.bootstrap.servers={self.host}:{self.controller}"
        return PROPERTIES.format(
            folder=folder,
            password=PASSWORD,
            node=self.number,
            quorum=f"controller.quorum.voters={voters}" if voters else alone,
            replicas=3 if voters else 1,
            enough=2 if voters else 1,
            further=IMPATIENT if voters else "",
            **{name: getattr(self, name) for name in ("host", "port", "secure", "mutual", "controller", "advertised")},
        )


class Broker:
    """A broker in a folder of its own."""

    def __init__(self, folder: Path, node: Node | None = None, inside: Sequence[str] = (), like: Self | None = None) -> None:
        """Made, not started. `inside` is what runs it, if not this process itself; it is formatted `like` one that was not started yet."""
        if node is None:
            port, secure, mutual, controller = free_ports(4)
            node = Node(port, secure, mutual, controller, port)
        self.port, self.secure, self.mutual = node.port, node.secure, node.mutual
        self.bootstrap = f"{node.host}:{node.advertised}"
        self._inside = inside
        self.authority = Authority(folder)
        certificate, key = self.authority.sign("broker")
        (folder / "broker.pem").write_bytes(key.read_bytes() + certificate.read_bytes())
        self._said = folder / "said"
        self._log = folder / "log"
        self._properties = folder / "server.properties"
        self._properties.write_text(node.properties(folder), "utf-8")
        self._process: subprocess.Popen[bytes] | None = None
        if like is None:
            self._format(*(() if node.cluster else ("--standalone",)))
        else:
            self._copy(like, node.number)

    def _format(self, *alone: str) -> None:
        formatting = self._run("kafka.tools.StorageTool", "format", *alone, *FORMAT, "-c", str(self._properties))
        try:
            assert formatting.wait(120) == 0, self._said.read_text("utf-8", "replace")
        finally:
            formatting.kill()
            formatting.wait()

    def _copy(self, other: Broker, number: int) -> None:
        shutil.copytree(other._log, self._log)
        meta = self._log / "meta.properties"
        # A Java of its own takes seconds to write the same, but for these two lines.
        own = {"node.id": str(number), "directory.id": base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")}
        said = dict(line.split("=", 1) for line in meta.read_text("utf-8").splitlines() if not line.startswith("#"))
        meta.write_text("".join(f"{name}={value}\n" for name, value in (said | own).items()), "utf-8")

    def _run(self, *words: str) -> subprocess.Popen[bytes]:
        command = [*self._inside, *JAVA, *LOGGING, "-cp", f"{JARS}/*", *words]
        with self._said.open("wb") as said:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Starts it."""
        self._process = self._run("kafka.Kafka", str(self._properties))

    def wait(self) -> None:
        """Until it answers, however busy the machine is."""
        until(self._is_ready, 180)

    def _is_ready(self) -> bool:
        said = self._said.read_bytes()
        assert self._process is not None
        assert self._process.poll() is None, said.decode("utf-8", "replace")
        return READY in said

    def tell(self, what: signal.Signals) -> None:
        """Sends it a signal that does not end it."""
        assert self._process is not None
        self._process.send_signal(what)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends it, if it runs."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None


def free_ports(count: int) -> list[int]:
    """So many, all different."""
    with ExitStack() as held:
        return [int(held.enter_context(_bound()).getsockname()[1]) for _ in range(count)]


def _bound() -> socket.socket:
    one = socket.socket()
    one.bind(("127.0.0.1", 0))
    return one


@contextmanager
def three_brokers() -> Iterator[list[tuple[Broker, Door]]]:
    """Three that keep each record three times, each with the door through which clients and the other two get to it."""
    folder = Path(tempfile.mkdtemp(prefix="tally-kafka-"))
    ports = free_ports(12)
    voters = {n + 1: f"127.0.0.1:{ports[4 * n + 3]}" for n in range(3)}
    with ExitStack() as held:
        held.callback(shutil.rmtree, folder, ignore_errors=True)
        found: list[tuple[Broker, Door]] = []
        for n in range(3):
            port, secure, mutual, controller = ports[4 * n : 4 * n + 4]
            before = held.enter_context(door(port))
            (folder / str(n)).mkdir()
            node = Node(port, secure, mutual, controller, before.port, n + 1, voters)
            broker = Broker(folder / str(n), node, like=found[0][0] if found else None)
            held.callback(broker.stop, signal.SIGKILL)
            found.append((broker, before))
        for broker, _ in found:
            broker.begin()
        for broker, _ in found:
            broker.wait()
        yield found


@contextmanager
def own_broker() -> Iterator[Broker]:
    """A broker that is gone afterwards, with all that it held."""
    folder = Path(tempfile.mkdtemp(prefix="tally-kafka-"))
    try:
        broker = Broker(folder)
        try:
            broker.start()
            yield broker
        finally:
            broker.stop(signal.SIGKILL)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Says where the broker is once it answers."""
    lacking = missing()
    if lacking:
        sys.exit(lacking)
    # Or the one that comes before it is waited for would end this process and leave the broker behind.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    with own_broker() as broker:
        sys.stdout.write(f"{broker.bootstrap}\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
