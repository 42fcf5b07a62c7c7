"""Servers are found, started once, shared, and never left behind."""

import importlib.util
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

import gymnasium
import numpy as np
from gymnasium.utils.env_checker import data_equivalence
from worlds import COMMAND

import upslope
from upslope import server
from upslope.keys import write_key_pair


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(condition, seconds: float = 10.0) -> bool:
    due = time.monotonic() + seconds
    while time.monotonic() < due:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def pid_of(env) -> int:
    return env._batch._link.host["pid"]


def run(script: str, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *arguments], stdout=subprocess.PIPE, text=True
    )


class TestLife(unittest.TestCase):
    def test_environments_share_a_server(self) -> None:
        first, second = (upslope.make("CartPole-v1", command=COMMAND) for _ in range(2))
        self.addCleanup(second.close)
        self.assertEqual(pid_of(first), pid_of(second))
        first.close()
        second.reset()
        server.stop_servers()
        self.assertFalse(is_running(pid_of(second)))
        third = upslope.make("CartPole-v1", command=COMMAND)
        self.addCleanup(third.close)
        self.assertTrue(is_running(pid_of(third)))
        self.assertNotEqual(pid_of(third), pid_of(second))

    def test_it_ends_with_the_process(self) -> None:
        script = """
            import sys, time, upslope
            from worlds import COMMAND
            env = upslope.make("CartPole-v1", command=COMMAND)
            env.reset()
            print(env._batch._link.host["pid"], flush=True)
            time.sleep(float(sys.argv[1]))
        """
        for how in (None, signal.SIGKILL, signal.SIGTERM):
            with self.subTest(how=how), run(script, "60" if how else "0") as process:
                pid = int(process.stdout.readline())
                if how:
                    self.assertTrue(is_running(pid))
                    process.send_signal(how)
                process.wait()
                self.assertTrue(wait_until(lambda pid=pid: not is_running(pid)))

    def test_ctrl_c_leaves_the_environment_usable(self) -> None:
        env = upslope.make("Worlds/Walk-v0", command=COMMAND, seconds=0.4)
        self.addCleanup(env.close)
        env.reset(seed=0)
        timer = threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT])
        timer.start()
        with self.assertRaises(KeyboardInterrupt):
            env.step(1)
        timer.join()
        # The step under way was taken, though nobody has seen it.
        self.assertEqual(env.step(1)[4]["steps"], 2)

    def test_a_forked_process_starts_its_own(self) -> None:
        env = upslope.make_vec("CartPole-v1", 2, command=COMMAND)
        self.addCleanup(env.close)
        env.reset(seed=0)

        def child(results) -> None:
            own = upslope.make("CartPole-v1", command=COMMAND)
            # One of the parent's, used here, becomes another one.
            _, _, _, truncations, infos = env.step(np.zeros(2, np.int64))
            results.put((pid_of(own), pid_of(env), truncations.tolist(), "bridge_restart" in infos))
            env.close()

        context = multiprocessing.get_context("fork")
        results = context.Queue()
        process = context.Process(target=child, args=[results])
        process.start()
        own, inherited, truncations, restarted = results.get(timeout=30)
        process.join(10)
        self.assertEqual(own, inherited)
        self.assertNotEqual(own, pid_of(env))
        self.assertEqual((truncations, restarted), ([True, True], True))
        # The parent's has not noticed anything, and the child's is gone.
        self.assertFalse(env.step(np.zeros(2, np.int64))[3].any())
        self.assertTrue(wait_until(lambda: not is_running(own)))

    def test_an_environment_nobody_closed_is_closed_on_the_server(self) -> None:
        kept = upslope.make("CartPole-v1", command=COMMAND)
        self.addCleanup(kept.close)
        link = kept._batch._link
        with mock.patch.object(link, "abandon", wraps=link.abandon) as abandon:
            del_me = upslope.make("CartPole-v1", command=COMMAND)
            del del_me
            kept.reset()
            abandon.assert_called_once()
        session = abandon.call_args.args[0]
        # Its number is not known there any more.
        session._type = 0
        with self.assertRaises(upslope.HostLost):
            session.request(14, "stepping", 5, buffers=[bytes(8)], rows=1)

    def test_a_silent_server_is_replaced(self) -> None:
        deadlines = upslope.Deadlines(step=0.5, resend=0.2)
        env = upslope.make("Worlds/Walk-v0", command=(*COMMAND, "--import", "worlds"), deadlines=deadlines)
        self.addCleanup(env.close)
        env.reset(seed=0)
        stopped = pid_of(env)
        os.kill(stopped, signal.SIGSTOP)
        _, _, _, truncated, info = env.step(0)
        self.assertTrue(truncated and info["bridge_restart"])
        self.assertFalse(is_running(stopped))


class TestStart(unittest.TestCase):
    def test_a_server_that_fails_tells_what_it_printed(self) -> None:
        fails = (sys.executable, "-c", "print('no such drive'); raise SystemExit(4)")
        with self.assertRaisesRegex(upslope.UpslopeError, r"(?s)did not start.*exit code 4.*no such drive"):
            upslope.make("CartPole-v1", command=fails)
        with self.assertRaisesRegex(upslope.UpslopeError, "Cannot start `/no/such/thing`"):
            upslope.make("CartPole-v1", command=["/no/such/thing"])

    def test_a_server_that_says_nothing_is_ended(self) -> None:
        mute = (sys.executable, "-c", "import time; time.sleep(60)")
        started = []
        popen = subprocess.Popen

        def note(*arguments, **options) -> subprocess.Popen:
            started.append(popen(*arguments, **options))
            return started[-1]

        with (
            mock.patch.object(subprocess, "Popen", note),
            self.assertRaisesRegex(upslope.UpslopeError, "no answer within 0.3 s"),
        ):
            upslope.make("CartPole-v1", command=mute, deadlines=upslope.Deadlines(connect=0.3))
        self.assertIsNotNone(started[0].returncode)

    def test_addresses_are_checked(self) -> None:
        with self.assertRaisesRegex(upslope.UpslopeError, r"tcp://127.0.0.1:5557.*got 'localhost:5557'"):
            upslope.make("CartPole-v1", address="localhost:5557")

    def test_finds_the_command(self) -> None:
        with mock.patch.dict(os.environ, {"UPSLOPE_COMMAND": "node '/a b/main.js'"}):
            self.assertEqual(server.find_command(), ["node", "/a b/main.js"])
        with mock.patch.dict(os.environ, {"UPSLOPE_COMMAND": ""}), tempfile.TemporaryDirectory() as place:
            folder = Path(place).resolve()
            checkout = folder / "checkout"
            for file in ("cli/setup.mjs", "dist/cli/main.js", "bridge/python/upslope/server.py"):
                (checkout / file).parent.mkdir(parents=True, exist_ok=True)
                (checkout / file).touch()
            here = str(checkout / "bridge/python/upslope/server.py")
            with mock.patch.object(server, "__file__", here), mock.patch("shutil.which", return_value="/bin/node"):
                self.assertEqual(server.find_command(), ["/bin/node", str(checkout / "dist/cli/main.js")])
            elsewhere = str(folder / "site-packages/upslope/server.py")
            with mock.patch.object(server, "__file__", elsewhere):
                origin = {"read_text.return_value": '{"url": "%s"}' % (checkout / "bridge/python").as_uri()}
                with (
                    mock.patch("importlib.metadata.distribution", return_value=mock.Mock(**origin)),
                    mock.patch("shutil.which", return_value="/bin/node"),
                ):
                    self.assertEqual(server.find_command(), ["/bin/node", str(checkout / "dist/cli/main.js")])
                with mock.patch("shutil.which", side_effect=lambda name: f"/bin/{name}"):
                    self.assertEqual(server.find_command(), ["/bin/upslope"])
                local = folder / "node_modules" / ".bin" / "upslope"
                local.parent.mkdir(parents=True)
                (folder / "deep").mkdir()
                with (
                    mock.patch("shutil.which", return_value=None),
                    mock.patch.object(Path, "cwd", return_value=folder / "deep"),
                ):
                    with self.assertRaisesRegex(upslope.UpslopeError, "npm install upslope"):
                        server.find_command()
                    local.touch()
                    self.assertEqual(server.find_command(), [str(local)])


@unittest.skipUnless(importlib.util.find_spec("zmq"), "needs pyzmq")
class TestAddress(unittest.TestCase):
    """A host that others have started."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.address = f"ipc://{self.folder}/hosts"

    def start(self, *options: str) -> subprocess.Popen:
        host = subprocess.Popen(
            [*COMMAND, "--bind", self.address, *options], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        self.addCleanup(host.stderr.close)
        self.addCleanup(host.wait)
        self.addCleanup(host.kill)
        self.assertIn("listening on", host.stderr.readline())
        return host

    def test_steps_as_here(self) -> None:
        host = self.start()
        remote = upslope.make("Worlds/Walk-v0", address=self.address)
        local = gymnasium.make("Worlds/Walk-v0").unwrapped
        self.assertEqual(pid_of(remote), host.pid)
        self.assertTrue(data_equivalence(remote.reset(seed=1), local.reset(seed=1)))
        self.assertTrue(data_equivalence(remote.step(1), local.step(1)))
        again = remote.spec.make()
        self.assertEqual(pid_of(again.unwrapped), host.pid)
        again.close()
        remote.close()
        self.assertIsNone(host.poll())

    def test_a_host_started_anew_is_told_as_truncation(self) -> None:
        host = self.start()
        envs = upslope.make_vec("CartPole-v1", 2, address=self.address)
        self.addCleanup(envs.close)
        envs.reset(seed=0)
        host.kill()
        host.wait()
        second = self.start()
        _, _, _, truncations, infos = envs.step(np.zeros(2, np.int64))
        self.assertEqual(truncations.tolist(), [True, True])
        self.assertTrue(infos["bridge_restart"].all())
        self.assertEqual(pid_of(envs), second.pid)
        self.assertFalse(envs.step(np.zeros(2, np.int64))[3].any())

    def test_a_paused_host_loses_nothing(self) -> None:
        host = self.start()
        env = upslope.make("Worlds/Walk-v0", address=self.address, deadlines=upslope.Deadlines(resend=0.1))
        self.addCleanup(env.close)
        env.reset(seed=0)
        os.kill(host.pid, signal.SIGSTOP)
        threading.Timer(1.0, os.kill, [host.pid, signal.SIGCONT]).start()
        # Asked several times in the meantime, it has stepped once.
        self.assertEqual(env.step(1)[4]["steps"], 1)
        self.assertEqual(env.step(1)[4]["steps"], 2)

    def test_nobody_there_is_named(self) -> None:
        quick = upslope.Deadlines(connect=0.5, step=0.5)
        with self.assertRaises(upslope.HostLost) as caught:
            upslope.make("CartPole-v1", address=self.address, deadlines=quick)
        self.assertIn(f"{self.address}: no answer within 0.5 s", str(caught.exception))
        self.assertIn("upslope serve --bind", str(caught.exception))
        host = self.start()
        env = upslope.make("CartPole-v1", address=self.address, deadlines=quick)
        self.addCleanup(env.close)
        env.reset()
        host.kill()
        host.wait()
        with self.assertRaisesRegex(upslope.HostLost, "no answer within 0.5 s to stepping CartPole-v1"):
            env.step(0)

    def test_keys_open_and_shut_the_door(self) -> None:
        for name in ("host", "friend", "stranger"):
            write_key_pair(self.folder / name)
        own = self.folder / "host.key_secret"
        self.start("--key", str(own), "--allow-keys", str(self.folder / "friend.key"))

        def make(name: str) -> upslope.RemoteEnv:
            keys = upslope.load_keys(self.folder / f"{name}.key_secret", server=self.folder / "host.key")
            return upslope.make("CartPole-v1", address=self.address, keys=keys)

        friend = make("friend")
        self.addCleanup(friend.close)
        friend.reset()
        with self.assertRaisesRegex(upslope.Denied, "does not accept the key"):
            make("stranger")


if __name__ == "__main__":
    unittest.main()
