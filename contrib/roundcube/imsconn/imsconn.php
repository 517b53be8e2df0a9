<?php
// SPDX-License-Identifier: ISC
/**
 * Tells imsconnd who is logged in to Roundcube, and ends the sessions that it says are over; lets the
 * mail server know where the browser is. The README beside it has how to install it, imsconn-feed(5)
 * what is told.
 */

require_once __DIR__ . '/imsconn_feed.php';
require_once __DIR__ . '/imsconn_outage.php';

class imsconn extends rcube_plugin
{
	/** Tells the login page that an administrator is the reason for it. */
	const COOKIE = 'roundcube_imsconn';

	/** @var rcmail */
	private $rcmail;

	/** @var bool an administrator ends this session, not its user */
	private $disconnected = false;

	public function init()
	{
		$this->rcmail = rcmail::get_instance();
		$this->load_config();
		$this->add_hook('storage_connect', [$this, 'introduce']);
		$this->add_hook('login_after', [$this, 'login']);
		$this->add_hook('startup', [$this, 'activity']);
		$this->add_hook('session_destroy', [$this, 'logout']);
		$this->add_hook('unauthenticated', [$this, 'explain']);
	}

	/**
	 * Where the browser is, in an ID command before the login: that is when the mail server takes it,
	 * if it trusts this host.
	 */
	public function introduce($args)
	{
		$client = $this->client();
		if ($client && $this->rcmail->config->get('imsconn_ident', true)) {
			$others = $args['preauth_ident'] ?? ['name' => 'Roundcube'];

			$args['preauth_ident'] = $this->ident($client) + $others;
		}

		return $args;
	}

	public function login($args)
	{
		return $this->tell('Login') ? $args : ['_task' => 'login'];
	}

	/**
	 * Every request of the session, also those a page sends by itself while it is open: they keep the
	 * session alive in Roundcube, too. A request without the session's cookie is about to be refused,
	 * and one that logs out tells of itself.
	 */
	public function activity($args)
	{
		$is_activity = $this->rcmail->user->ID && $args['task'] != 'logout'
			&& $this->rcmail->session->check_auth();
		if ($is_activity && !$this->tell('KeepAlive')) {
			$this->leave();
		}

		return $args;
	}

	/**
	 * Whatever ends a session comes here. Sessions that nobody asks for any more are just deleted
	 * some day; imsconnd lets them time out.
	 */
	public function logout($args)
	{
		if ($this->rcmail->user->ID) {
			$reason = $this->rcmail->task == 'logout' ? 'logout' : 'expired';
			$this->tell('Logout', ['reason' => $this->disconnected ? 'disconnected' : $reason]);
		}

		return $args;
	}

	/**
	 * Why there is a login page, in place of what Roundcube takes for the reason.
	 */
	public function explain($args)
	{
		if (isset($_COOKIE[self::COOKIE])) {
			rcube_utils::setcookie(self::COOKIE, '-del-', time() - 60);
			$this->add_texts('localization/');
			$this->rcmail->output->show_message('imsconn.disconnected', 'error', null, true, -1);
		}

		return $args;
	}

	/**
	 * Tells an event, and does as imsconnd says.
	 *
	 * @return bool false if that ended the session
	 */
	private function tell($event, array $more = [])
	{
		$answer = $this->ask($this->event($event) + $more);
		if ($answer['status'] == 'error') {
			$this->complain($answer['error'] ?? '');
		}
		$is_over = $answer['status'] == 'disconnected' && $event != 'Logout'
			&& $this->rcmail->config->get('imsconn_disconnect', true);
		if ($is_over) {
			$this->disconnect();
		}

		return !$is_over;
	}

	/**
	 * imsconnd's answer, or "unknown" while there is none. Clicks are not worth waiting for one every time;
	 * beginnings and ends of sessions are.
	 */
	private function ask(array $event)
	{
		$config = $this->rcmail->config;
		$outage = new imsconn_outage($config->get('temp_dir'), $config->get('imsconn_retry', 5));
		if ($event['event'] == 'KeepAlive' && $outage->is_waiting()) {
			return ['status' => 'unknown'];
		}

		$path = $config->get('imsconn_socket', '/run/imsconn/feed.sock');
		$feed = new imsconn_feed($path, $config->get('imsconn_timeout', 200));
		try {
			$answer = $feed->tell($event);
		}
		catch (RuntimeException $error) {
			if ($outage->begins()) {
				$this->log("imsconnd is not told of sessions: $path: " . $error->getMessage(), __LINE__);
			}
			return ['status' => 'unknown'];
		}
		if ($outage->ends()) {
			rcube::write_log('errors', "imsconn: imsconnd is told of sessions again: $path");
		}

		return $answer;
	}

	private function event($event)
	{
		return [
			'event'     => $event,
			'user'      => $_SESSION['username'],
			'sessionId' => $this->session_id(),
			'service'   => 'http',
			'timestamp' => date_create()->format(DATE_RFC3339_EXTENDED),
		] + $this->client() + $this->server();
	}

	/**
	 * The browser's address; its port only if no proxy is between. Requests come with anything for it,
	 * but none must be so bad that imsconnd does not take the event.
	 */
	private function client()
	{
		$address = rcube_utils::remote_addr();
		if (!filter_var($address, FILTER_VALIDATE_IP)) {
			return [];
		}
		$port = $address === $_SERVER['REMOTE_ADDR'] ? (int) ($_SERVER['REMOTE_PORT'] ?? 0) : 0;

		return array_filter(['clientIP' => $address, 'clientPort' => $port]);
	}

	/**
	 * The site, as the browser or the web server calls it.
	 */
	private function server()
	{
		$name = rcube_utils::server_name();

		return array_filter([
			'serverDomain' => preg_match('/^[a-z0-9._:[\]-]{1,255}$/Di', $name) ? $name : null,
			'serverPort'   => (int) ($_SERVER['SERVER_PORT'] ?? 0),
		]);
	}

	/**
	 * @param array $client what client() says
	 */
	private function ident(array $client)
	{
		$prefix = $this->rcmail->config->get('imsconn_ident_prefix', 'web-');

		return array_filter([
			'x-originating-ip'   => $client['clientIP'],
			'x-originating-port' => $client['clientPort'] ?? null,
			'x-session-id'       => $prefix ? $prefix . $this->session_id() : null,
		]);
	}

	/**
	 * The session's name for others. PHP's own is a credential, and another one after the login.
	 */
	private function session_id()
	{
		if (empty($_SESSION['imsconn_id'])) {
			$_SESSION['imsconn_id'] = bin2hex(random_bytes(16));
		}

		return $_SESSION['imsconn_id'];
	}

	/**
	 * Nothing of the session is written any more: of requests at the same time, others may have ended it,
	 * too, and begun one for the login page.
	 */
	private function disconnect()
	{
		$this->disconnected = true;
		rcube_utils::setcookie(self::COOKIE, '1', 0);
		$this->rcmail->kill_session();
		$this->rcmail->session->nowrite = true;
	}

	/**
	 * To the login page. To what is not a page of its own Roundcube answers as when a session has
	 * expired, and the page it belongs to goes there.
	 */
	private function leave()
	{
		$output = $this->rcmail->output;
		if (!$output->ajax_call && !$output->get_env('framed')) {
			$output->redirect(['_task' => 'login']);
		}
	}

	/**
	 * Logs what imsconnd has against this session, once.
	 */
	private function complain($error)
	{
		$error = is_string($error) ? $error : '';
		if (($_SESSION['imsconn_error'] ?? null) !== $error) {
			$_SESSION['imsconn_error'] = $error;
			$this->log('imsconnd refuses session ' . $this->session_id() . ": $error", __LINE__);
		}
	}

	private function log($message, $line)
	{
		$message = preg_replace('/[^\x20-\x7e]/', '?', substr($message, 0, 500));
		rcube::raise_error([
			'code'    => 500,
			'file'    => __FILE__,
			'line'    => $line,
			'message' => "imsconn: $message",
		], true, false);
	}
}
