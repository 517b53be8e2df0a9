<?php
// SPDX-License-Identifier: ISC
/**
 * The time while imsconnd does not answer: logged once, and not asked at every click. Known to all
 * of Roundcube's processes by a file, whose time is when to ask again.
 */
class imsconn_outage
{
	private $marker;
	private $retry;

	/**
	 * @param string $directory Roundcube's for temporary files
	 * @param int    $retry     seconds until somebody asks again
	 */
	public function __construct($directory, $retry)
	{
		$this->marker = rtrim($directory, '/') . '/imsconn.outage';
		$this->retry  = max(1, (int) $retry);
	}

	/**
	 * Whether to leave imsconnd alone. Who is told not to asks for all, who go on waiting meanwhile.
	 */
	public function is_waiting()
	{
		if (!is_file($this->marker)) {
			return false;
		}
		if (@filemtime($this->marker) > time()) {
			return true;
		}
		$this->wait();

		return false;
	}

	/**
	 * @return bool the outage is news
	 */
	public function begins()
	{
		$created = @fopen($this->marker, 'x');
		$is_news = $created || !is_file($this->marker);
		$this->wait();

		return $is_news;
	}

	/**
	 * @return bool there was an outage
	 */
	public function ends()
	{
		return is_file($this->marker) && @unlink($this->marker);
	}

	private function wait()
	{
		@touch($this->marker, time() + $this->retry);
	}
}
