<?php
// SPDX-License-Identifier: ISC
/**
 * imsconnd at the other end of a Unix socket: one request, one answer, one deadline for both.
 */
class imsconn_feed
{
	const LONGEST_PATH   = 107;  // PHP would cut it
	const LONGEST_ANSWER = 4096;
	const LONGEST_WAIT   = 5000; // ms

	private $path;
	private $timeout;
	private $deadline;

	/**
	 * @param string $path
	 * @param int    $timeout for everything together, in ms
	 */
	public function __construct($path, $timeout)
	{
		$this->path    = (string) $path;
		$this->timeout = max(1, min((int) $timeout, self::LONGEST_WAIT));
	}

	/**
	 * @param array $event its members, as imsconn-feed(5) has them
	 *
	 * @return array the answer; its status is "ok", "disconnected" or "error"
	 * @throws RuntimeException there is no such answer, and why
	 */
	public function tell(array $event)
	{
		$this->deadline = microtime(true) + $this->timeout / 1000;
		$stream         = $this->connect();
		$request        = json_encode($event, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE);
		try {
			$this->write($stream, "$request\n");
			return $this->parse($this->read_line($stream));
		}
		finally {
			fclose($stream);
		}
	}

	private function connect()
	{
		if (strlen($this->path) > self::LONGEST_PATH) {
			throw new RuntimeException('the path is too long for a socket');
		}
		$stream = @stream_socket_client('unix://' . $this->path, $code, $error, $this->timeout / 1000);
		if (!$stream) {
			throw new RuntimeException($error ?: 'it cannot be connected to');
		}
		stream_set_blocking($stream, false);

		return $stream;
	}

	/**
	 * A request has room in the socket's buffer, so that there is nothing to wait for.
	 */
	private function write($stream, $request)
	{
		if (@fwrite($stream, $request) !== strlen($request)) {
			throw new RuntimeException('it does not take the request');
		}
	}

	private function read_line($stream)
	{
		for ($line = ''; strpos($line, "\n") === false; $line .= $part) {
			if (strlen($line) > self::LONGEST_ANSWER) {
				throw new RuntimeException('its answer does not end');
			}
			$this->await($stream);
			$part = @fread($stream, self::LONGEST_ANSWER);
			if ((string) $part === '') {
				throw new RuntimeException('it closed the connection without an answer');
			}
		}

		return $line;
	}

	private function await($stream)
	{
		$read  = [$stream];
		$other = null;
		$left  = max(0, (int) (($this->deadline - microtime(true)) * 1000000));
		if (!@stream_select($read, $other, $other, 0, $left)) {
			throw new RuntimeException("no answer within {$this->timeout} ms");
		}
	}

	private function parse($line)
	{
		$answer = json_decode(strstr($line, "\n", true), true, 8);
		$status = is_array($answer) ? $answer['status'] ?? null : null;
		if (!in_array($status, ['ok', 'disconnected', 'error'], true)) {
			throw new RuntimeException('this is no answer: ' . substr($line, 0, 80));
		}

		return $answer;
	}
}
