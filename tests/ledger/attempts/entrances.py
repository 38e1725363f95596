"""Attempts at the ways in and around: sockets, floods, the guard, and separated mode by real users."""

from collections.abc import Mapping

THE_WAYS_IN: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "Sockets, tokens and sessions": {
        "protocol/test_preload.py": {
            "`LD_PRELOAD`, `LD_LIBRARY_PATH`, `PATH`, `PYTHONPATH`, `BASH_ENV` and `GIT_…` set by the agent": (
                "what_steers_an_agents_own_processes_reaches_neither_the_daemon_nor_an_approval"
            ),
        },
        "protocol/test_listing.py": {
            "a direct call of a tool that is not listed": "a_hidden_tool_is_refused_all_the_same",
            "two different calls at the same moment": "of_two_different_calls_at_once_one_wins",
        },
        "protocol/test_operator_socket.py": {
            "another user at the sockets": "the_sockets_are_their_owners_alone",
            "a name that the caller claims": "who_asks_is_known_from_the_system",
        },
        "front/http/test_admission.py": {
            "no token, a token of nobody": "without_a_token_there_is_nothing_to_see",
            "a token in the address or the body": "a_token_elsewhere_than_in_its_header_is_none",
            "a revoked token": "a_revoked_token_is_refused_at_the_next_request",
            "an expired token": "an_expired_token_is_refused",
            "a stream that outlives its token": "open_streams_end_with_their_token",
            "a token of another project": "a_token_opens_its_own_project_alone",
            "somebody else's session": "a_session_belongs_to_the_token_that_opened_it",
        },
        "front/http/test_hostile_requests.py": {
            "DNS rebinding": "a_host_that_we_are_not_is_refused",
            "a web page in the person's browser": "a_web_page_is_refused",
            "an endless body": "a_body_over_the_limit_is_refused",
        },
        "front/http/test_oauth.py": {
            "tokens of another issuer, for another audience, unsigned, outdated": "any_other_token_is_refused",
        },
        "fuzz/test_fuzz.py": {
            "malformed, reordered and interleaved messages": "hostile_clients_harm_nobody_and_learn_nothing",
        },
        "front/console/test_security.py": {
            "the console's port taken while the daemon is down, to be sent a session, in separated mode": (
                "in_separated_mode_a_console_whose_port_others_could_take_decides_nothing"
            ),
        },
        "core/access/test_oauth.py": {
            "times in a token of another issuer that are texts, lists or infinite": (
                "a_moment_that_is_no_number_makes_no_token"
            ),
            "a project in such a token that is not valid text": "a_project_that_can_have_no_such_name_makes_no_token",
            "an endless subject in such a token": "a_subject_of_any_length_names_its_token",
        },
    },
    "A flood of connections": {
        "front/http/test_floods.py": {
            "a thousand silent connections on a socket or before TLS, while production is rolled back": (
                "floods_of_silent_connections_disturb_neither_a_rollback_nor_people"
            ),
        },
        "front/test_connections.py": {
            "connections of one user, to keep others out": "one_user_leaves_room_for_others",
            "silent ones, to keep new ones out": "the_oldest_that_has_not_said_who_it_is_makes_room",
            "no file left for another connection": "accepting_goes_on_where_the_system_had_no_room",
        },
    },
    "Deploying outside Sentinel, where a guard is installed": {
        "core/guard/test_judge.py": {
            "a deployment in a pipe, a subshell, `bash -c`, `xargs`, `sudo`, an alias, a here-document, base64, behind "
            "redirections, by a nameref, within tar, awk, sed, sqlite3 or socat, in a Makefile written first …": (
                "a_deployment_outside_sentinel_is_refused_however_it_is_written"
            ),
            "a text made to take long to read": "a_text_made_to_take_long_is_decided_all_the_same",
            "a policy that allows release tags or approvals": (
                "the_policy_allows_what_it_names_and_never_release_tags_or_what_is_for_people"
            ),
        },
        "protocol/test_guard.py": {
            "a refused command, and then a release": (
                "a_deployment_outside_sentinel_is_refused_and_blocks_the_next_release"
            ),
            "a refused command between sprints, or in a sprint that is closed then": (
                "a_refusal_between_sprints_blocks_the_next_one_and_the_one_after"
            ),
            "the project's own deployment script by hand": ("what_the_policy_names_and_its_own_scripts_are_refused"),
            "an event that the guard cannot read": "an_event_that_cannot_be_read_lets_nothing_run",
            "a policy that keeps the guard busy": "a_hostile_policy_neither_stops_nor_slows_the_guard",
            "the guard's program removed": "a_hook_whose_program_is_gone_lets_nothing_run",
            "a release tag pushed by hand": (
                "a_push_of_a_release_tag_by_hand_is_refused_and_found_and_sentinels_own_is_not"
            ),
            "invented refusals, with line breaks or endless": (
                "whoever_reports_a_refusal_writes_no_lines_of_their_own_and_fills_no_list"
            ),
        },
    },
    "The guard kept from reading": {
        "protocol/test_guard_odd.py": {
            "a pipe, a folder or a device in place of the policy": (
                "a_policy_that_is_no_file_neither_stops_nor_opens_the_guard"
            ),
            "a pipe in place of the policy, to stop the daemon": (
                "a_pipe_in_place_of_the_policy_does_not_stop_the_daemon"
            ),
            "closed streams": "a_hook_that_cannot_read_or_speak_refuses",
            "a daemon that hangs or answers slowly byte by byte": "a_daemon_that_hangs_is_not_waited_for",
        },
    },
    "Separated mode, by real users": {
        "separated/test_agents.py": {
            "an agent with a shell that reaches for state, keys, store, artifacts, credentials and sockets": (
                "an_agent_reaches_only_the_agent_socket"
            ),
            "a client that fills in the form by itself, where the policy allows forms": (
                "a_client_that_fills_forms_in_by_itself_approves_nothing"
            ),
            "a claim to be another project": "a_claim_only_chooses_among_registered_projects",
            "an agent's user made an operator": "who_is_in_both_groups_is_no_operator",
            "a session that was opened before its user lost the rights": (
                "who_left_the_group_is_no_operator_even_with_an_old_session"
            ),
        },
        "separated/test_builds.py": {
            "a build that reaches for the daemon's files, processes and results": (
                "a_build_reaches_nothing_of_the_daemon"
            ),
            "git settings that a build leaves behind": "git_settings_that_a_build_leaves_behind_are_obeyed_by_nobody",
            "a build that changes what it was given": "a_build_that_changes_its_clone_is_no_release",
            "files that nobody can read or remove": (
                "what_a_build_makes_unreadable_is_released_and_removed_all_the_same"
            ),
        },
        "separated/test_trees.py": {
            "a folder replaced by a link while a checkout is handed over": (
                "a_folder_exchanged_for_a_link_during_the_hand_over_opens_nothing_else"
            ),
            "the same while an old checkout is removed": (
                "a_folder_exchanged_for_a_link_during_its_removal_loses_nothing_else"
            ),
            "the same while artifacts are collected": (
                "a_folder_exchanged_for_a_link_during_the_collection_adds_nothing_else"
            ),
        },
        "adapters/test_files.py": {
            "the same while what a build made is opened to the daemon": (
                "a_folder_that_is_exchanged_for_a_link_leads_nowhere"
            ),
        },
        "separated/test_pinned.py": {
            "a staged service that replaces the script that tests it": (
                "a_service_of_staging_cannot_exchange_the_script_that_tests_it"
            ),
            "a set-up that rewrites scripts as another user": (
                "scripts_that_set_up_rewrites_in_separated_mode_run_as_they_were_pinned"
            ),
            "a set-up that puts a folder of its own in place of the scripts'": (
                "a_folder_that_set_up_replaces_by_its_own_starts_nothing"
            ),
        },
        "separated/test_leftovers.py": {
            "files that tests leave at home or among temporary ones, for a later build": (
                "files_that_tests_leave_at_home_or_among_temporary_ones_are_gone_for_a_build"
            ),
            "a process that hides after its supervisor was killed": (
                "a_process_that_hides_from_its_killed_supervisor_is_ended_before_the_next_command"
            ),
            "processes that fork faster than they can be found": (
                "processes_that_fork_faster_than_they_are_found_are_ended"
            ),
            "a staged service that reaches for the checkouts of builds": (
                "what_staging_leaves_running_belongs_to_a_user_who_cannot_reach_a_build"
            ),
        },
        "adapters/test_workspace.py": {"folders too deep to be removed": "a_folder_of_any_depth_goes"},
        "separated/test_set_up.py": {
            "one user who asks and approves": "one_user_cannot_ask_and_approve",
            "an installation that an agent can change": "an_installation_that_an_agent_could_change_is_refused",
        },
    },
}
