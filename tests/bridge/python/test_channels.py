"""Channels carry messages, and tell when nobody is there."""

import socket
import tempfile
import threading
import time
import unittest

from driving import wait_until

from upslope.channels import ConnectionLost, DealerChannel, PeerGone, RouterChannel, StreamChannel
from upslope.endpoints import check_endpoint, is_loopback
from upslope.errors import UpslopeError
from upslope.protocol import MAX_MESSAGE_BYTES, ProtocolError

MESSAGE = [b"\1" * 32, b"", b"abc", b""]


def plain(received):
    peer, frames = received
    return peer, frames and [bytes(frame) for frame in frames]


class TestStream(unittest.TestCase):
    def setUp(self):
        self.ours, self.theirs = (StreamChannel(end) for end in socket.socketpair())
        self.addCleanup(self.ours.close)
        self.addCleanup(self.theirs.close)

    def test_messages_in_order(self):
        for i in range(50):
            self.ours.send(b"", [*MESSAGE, bytes(i)])
        for i in range(50):
            self.assertEqual(plain(self.theirs.receive(1.0)), (b"", [*MESSAGE, bytes(i)]))
        self.assertIsNone(self.theirs.receive(0.0))

    def test_a_wait_ends_in_time(self):
        begin = time.monotonic()
        self.assertIsNone(self.ours.receive(0.2))
        self.assertGreater(time.monotonic() - begin, 0.15)

    def test_large_messages_both_ways_at_once(self):
        large = [b"\1" * 32, b"", bytes(range(256)) * 2**16]

        def answer():
            for _ in range(3):
                self.theirs.send(b"", large)
            got.extend(plain(self.theirs.receive(20.0)) for _ in range(3))

        got = []
        other = threading.Thread(target=answer)
        other.start()
        # Neither reads before all of its own is sent.
        for _ in range(3):
            self.ours.send(b"", large)
        for _ in range(3):
            self.assertEqual(plain(self.ours.receive(20.0)), (b"", large))
        other.join(20.0)
        self.assertEqual(got, [(b"", large)] * 3)

    def test_the_end(self):
        self.theirs.send(b"", MESSAGE)
        self.theirs.close()
        self.assertEqual(plain(self.ours.receive(1.0)), (b"", MESSAGE))
        with self.assertRaises(ConnectionLost):
            self.ours.receive(1.0)
        with self.assertRaises(PeerGone):
            self.ours.send(b"", MESSAGE)
        self.ours.close()
        with self.assertRaises(ConnectionLost):
            self.ours.receive(1.0)
        with self.assertRaises(PeerGone):
            self.ours.send(b"", MESSAGE)

    def test_what_is_no_message(self):
        self.theirs._socket.sendall(b"\xff" * 16)
        with self.assertRaises(ProtocolError):
            self.ours.receive(1.0)


class TestZeroMQ(unittest.TestCase):
    def router(self, endpoint="tcp://127.0.0.1:*"):
        channel = RouterChannel(endpoint)
        self.addCleanup(channel.close)
        return channel

    def dealer(self, endpoint):
        channel = DealerChannel(endpoint)
        self.addCleanup(channel.close)
        return channel

    def connected(self, endpoint):
        channel = self.dealer(endpoint)
        self.assertEqual(channel.receive(10.0), (b"", None))
        return channel

    def test_there_and_back(self):
        router = self.router()
        self.assertNotIn("*", router.endpoint)
        dealers = [self.connected(router.endpoint) for _ in range(3)]
        for i, dealer in enumerate(dealers):
            dealer.send(b"", [*MESSAGE, bytes([i])])
        for _ in dealers:
            peer, frames = router.receive(10.0)
            router.send(peer, frames)
        for i, dealer in enumerate(dealers):
            self.assertEqual(plain(dealer.receive(10.0)), (b"", [*MESSAGE, bytes([i])]))
        self.assertIsNone(router.receive(0.0))
        self.assertIsNone(dealers[0].receive(0.0))

    def test_nobody_is_there(self):
        router = self.router()
        with self.assertRaises(PeerGone):
            router.send(b"nobody", MESSAGE)
        dealer = self.connected(router.endpoint)
        dealer.send(b"", MESSAGE)
        peer, _ = router.receive(10.0)
        dealer.close()

        def gone():
            try:
                router.send(peer, MESSAGE)
            except PeerGone:
                return True
            return False

        self.assertTrue(wait_until(gone))
        lonely = self.dealer("tcp://127.0.0.1:9")
        with self.assertRaises(PeerGone):
            lonely.send(b"", MESSAGE)

    def test_a_connection_made_again_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            endpoint = f"ipc://{folder}/router"
            first = self.router(endpoint)
            dealer = self.connected(endpoint)
            first.close()

            def broken():
                try:
                    dealer.send(b"", MESSAGE)
                except PeerGone:
                    return True
                return False

            self.assertTrue(wait_until(broken))
            second = self.router(endpoint)
            self.assertEqual(dealer.receive(10.0), (b"", None))
            self.assertIsNone(second.receive(0.1))
            dealer.send(b"", MESSAGE)
            self.assertEqual(plain(second.receive(10.0))[1], MESSAGE)

    def test_a_message_too_big_ends_its_connection_only(self):
        router = self.router()
        good, bad = self.connected(router.endpoint), self.connected(router.endpoint)
        bad.send(b"", [bytes(MAX_MESSAGE_BYTES + 1)])
        good.send(b"", MESSAGE)
        self.assertEqual(plain(router.receive(10.0))[1], MESSAGE)
        self.assertIsNone(router.receive(0.2))
        self.assertEqual(bad.receive(10.0), (b"", None))

    def test_one_an_address(self):
        with tempfile.TemporaryDirectory() as folder:
            for endpoint in (f"ipc://{folder}/a", "tcp://127.0.0.1:*"):
                first = self.router(endpoint)
                with self.assertRaisesRegex(UpslopeError, "Another process listens"):
                    RouterChannel(first.endpoint)
                first.close()
                self.router(first.endpoint).close()
            # One that binds without a lock, as those in other languages may.
            with socket.socket(socket.AF_UNIX) as foreign:
                foreign.bind(f"{folder}/foreign")
                foreign.listen()
                with self.assertRaisesRegex(UpslopeError, "Another process listens"):
                    RouterChannel(f"ipc://{folder}/foreign")

    def test_closing_twice(self):
        router = self.router()
        dealer = self.connected(router.endpoint)
        for channel in (dealer, dealer, router, router):
            channel.close()


class TestEndpoints(unittest.TestCase):
    def test_who_can_reach_them(self):
        self.assertTrue(is_loopback("ipc:///tmp/x"))
        for place in ("127.0.0.1", "127.8.9.1", "localhost", "[::1]"):
            self.assertTrue(is_loopback(f"tcp://{place}:5"), place)
        for place in ("*", "0.0.0.0", "lab3", "127.evil.org", "127.0.0.1.evil.org", "localhost.org", "[::2]"):
            self.assertFalse(is_loopback(f"tcp://{place}:5"), place)

    def test_what_is_none(self):
        for endpoint in ("", "tcp://", "tcp://lab3", "udp://lab3:5", "ipc://", "tcp://lab3:x", "lab3:5557"):
            with self.subTest(endpoint), self.assertRaisesRegex(UpslopeError, "Expected an address"):
                check_endpoint(endpoint, "bind", None)
        with self.assertRaisesRegex(UpslopeError, "at most 100 bytes"):
            check_endpoint(f"ipc:///tmp/{'x' * 100}", "bind", None)


if __name__ == "__main__":
    unittest.main()
