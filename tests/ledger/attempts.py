"""The attempts of `make attacks`: by aim, by file below `tests`, each with the test (without `test_`) that makes it."""

from collections.abc import Mapping

ATTEMPTS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "An approval that nobody gave": {
        "protocol/test_approval.py": {
            "another case, blanks, look-alike letters, the phrase many times over, bytes that are no text": (
                "anything_else_three_times_refuses_spends_the_approval_and_keeps_the_soak"
            ),
            "an approval without a terminal": "without_a_terminal_nothing_is_approved_and_the_question_stays_open",
            "the phrase typed before the question is shown": "what_was_typed_before_the_question_is_no_answer_to_it",
            "an answer that comes after the question has expired": ("a_question_expires_also_for_whoever_has_read_it"),
            "two answers at the same moment": "of_two_people_who_confirm_at_once_one_does",
            "policy, branch, remote tag, staging or artifact changed between the question and the answer": (
                "what_has_changed_since_the_question_refuses_a_yes_and_spends_it"
            ),
        },
        "protocol/test_no_terminal.py": {
            "any other decision of people's from a pipe": "without_a_terminal_no_decision_is_made",
            "a terminal on standard input alone": "a_terminal_that_nobody_sees_is_none",
        },
        "core/test_approval.py": {
            "the approval of one plan used for another": "a_yes_to_another_plan_is_refused",
            "an approval used twice": "an_approval_is_not_used_twice",
            "an approval that was never asked for": "what_was_never_asked_for_is_gone",
            "a release exchanged after it was shown": ("a_release_that_has_changed_since_it_was_shown_is_not_approved"),
            "a rollback exchanged after it was shown": "a_rollback_that_would_be_another_one_by_now_is_not_approved",
            "artifacts exchanged under the same version": "other_artifacts_are_another_plan",
        },
        "core/test_approval_text.py": {
            "control and bidirectional characters in what the person reads": (
                "control_and_bidirectional_characters_are_shown_and_not_obeyed"
            ),
            "a tag whose name draws lines of its own": (
                "whatever_a_tag_is_called_the_block_has_five_lines_of_visible_characters"
            ),
        },
        "protocol/test_elicitation_release.py": {
            "an answer to a form that nobody asked for, and a second answer": (
                "an_answer_that_nobody_asked_for_and_a_second_one_are_refused_and_high_findings"
            ),
            "a form where the policy does not allow forms": (
                "no_form_is_shown_where_the_policy_does_not_name_the_channel"
            ),
            "a form left open and answered after the approval was given elsewhere": (
                "a_form_whose_approval_was_given_elsewhere_is_refused"
            ),
            "a form of the older protocol answered again": "a_form_of_2025_is_answered_once",
            "a wrong phrase in a form": "a_wrong_phrase_in_the_form_spends_the_approval",
        },
        "front/http/test_faults.py": {
            "an answer to a form that nobody sent, over HTTP": ("an_answer_to_a_form_that_nobody_sent_is_a_finding"),
        },
        "protocol/test_rollback.py": {
            "a rollback outside a deployment, without a person": (
                "elsewhere_an_agents_rollback_waits_for_a_human_and_a_persons_own_does_not"
            ),
        },
    },
    "A signature that does not count": {
        "protocol/test_signed_approval.py": {
            "no signature, a stranger's, an expired key's, one for git, one of another plan, an old one again": (
                "whatever_is_no_signature_of_this_plan_is_refused_and_the_question_stays_open"
            ),
            "two last signatures at the same moment": "of_two_last_signatures_at_once_one_claims",
            "a form where people must sign": "a_form_in_the_client_approves_nothing_where_approvers_must_sign",
            "a key added to the approvers' file between the question and the answer": (
                "an_approver_who_was_added_since_the_trust_approves_nothing"
            ),
            "the approvers' file exchanged before the question": (
                "an_approver_who_was_added_before_the_question_blocks_it"
            ),
            "the approvers' file exchanged before it is trusted": (
                "trust_shows_who_may_approve_and_the_file_that_says_so"
            ),
            "a signature whose key is trusted no longer": "a_signature_does_not_outlive_the_trust_in_its_key",
            "the approvers' file taken away or spoilt": (
                "without_a_fit_file_nobody_approves_and_the_question_stays_open"
            ),
        },
        "adapters/test_approvers.py": {
            "a signature of another document or for another purpose": (
                "another_document_or_another_purpose_is_not_signed"
            ),
            "a key that the file does not name": "a_key_that_the_file_does_not_name_may_not_approve",
            "an approver called like an option of the checking program": (
                "a_name_is_never_taken_for_an_option_or_a_command"
            ),
            "a hardware key that nobody touched": "a_hardware_key_that_nobody_touched_does_not",
            "the touch added to a signature afterwards": "the_touch_is_signed_too",
            "a signature that is cut": "a_signature_that_is_cut_anywhere_is_refused",
            "what is no signature": "what_is_no_signature_is_refused",
            "an approvers' file that others can write": "a_file_that_others_may_have_written_is_not_believed",
            "an approvers' file of another user": "a_file_of_another_user_is_not_believed",
        },
        "core/test_signed.py": {
            "the requester signs": "who_asked_cannot_approve",
            "one person signs as two": "distinct_people_have_distinct_names_and_keys",
        },
    },
    "A tree, policy or artifact that is not what was looked at": {
        "protocol/test_gates_tree.py": {
            "edited, added and staged files, and edits that git is told to overlook": (
                "a_working_tree_that_is_not_the_last_commit_blocks"
            ),
        },
        "adapters/git/test_worktree.py": {
            "an edit of the same size and time": "a_change_of_the_same_size_and_time_is_seen",
            "an exclude file that is a pipe": "an_exclude_file_that_is_a_pipe_does_not_block",
        },
        "adapters/git/test_checkout_bytes.py": {
            "encodings, line ends, `$Id$` and filters by attributes of any folder and by macros": (
                "no_attribute_changes_the_bytes_that_run"
            ),
            "attributes and line ends that the daemon's user or the working copy sets": (
                "attributes_of_the_daemons_user_and_of_the_working_copy_change_nothing_either"
            ),
            "a link in place of the attributes": "a_link_in_place_of_the_attributes_is_not_followed",
        },
        "protocol/test_remotes.py": {
            "the remote's address exchanged for that of a copy": (
                "a_remote_that_is_another_one_since_it_was_trusted_blocks_with_both_addresses"
            ),
            "the address that tags are pushed to exchanged": "only_where_tags_go_was_changed",
            "a tag of the working copy alone, so that little seems to change": (
                "a_tag_that_the_remote_does_not_have_moves_neither_the_changes_nor_the_version"
            ),
            "a pushed tag, so that little seems to change": "a_pushed_tag_does_not_move_the_changes_either",
            "the remote's address exchanged while a person reads it": (
                "a_remote_that_changes_while_a_person_reads_is_not_trusted"
            ),
        },
        "protocol/test_attributes.py": {
            "a failing smoke test that passes in another encoding": (
                "a_failing_smoke_test_is_not_made_to_pass_by_its_encoding"
            ),
        },
        "protocol/test_gates.py": {
            "open tasks, and tests of another tree": "an_open_task_and_tests_of_another_tree_block",
            "a task list without tasks": "a_sprint_without_tasks_blocks",
        },
        "protocol/test_gates_changelog.py": {
            "a changelog that gives no version": "a_changelog_that_names_no_version_blocks",
        },
        "core/test_changelog.py": {
            "text that only looks like an entry": "what_says_nothing_is_no_entry",
            "text that only looks like a heading": "what_only_looks_like_a_heading_opens_no_section",
        },
        "protocol/test_gates_trust.py": {
            "an edited policy, an edited script": "a_policy_or_script_that_nobody_has_trusted_blocks",
            "a policy that nobody has read": "nothing_is_executed_before_a_person_trusts_it",
        },
        "protocol/test_trust.py": {
            "a policy that changes while it is read": "what_changes_while_it_is_read_is_not_trusted",
            "escape sequences in what is read": "trust_shows_what_a_terminal_would_obey_or_hide",
        },
        "core/test_policy_hostile.py": {
            "a policy that is made to be slow, deep or misread": "whatever_the_file_holds_is_refused_as_a_policy",
        },
        "protocol/test_production_request.py": {
            "artifacts changed and added, the tag moved and removed in the mirror": (
                "tampering_is_named_keeps_the_soak_and_blocks_the_next_release"
            ),
            "an artifact of another commit": "an_artifact_that_names_another_commit_fails_the_build",
            "a script exchanged in the mirror, and what else changed since staging": (
                "what_has_changed_since_staging_blocks_production_and_keeps_the_soak"
            ),
        },
        "adapters/test_artifacts.py": {
            "links and pipes in place of artifacts": "links_pipes_and_folders_are_refused_by_name",
            "an artifact's name with hidden characters": ("a_name_with_hidden_characters_is_refused_and_shown_escaped"),
            "a kept folder exchanged for a link": "a_folder_swapped_for_a_link_counts_as_tampering",
        },
        "adapters/test_artifacts_revision.py": {
            "an archive that unpacks without end": "an_archive_that_unpacks_without_end_is_given_up",
        },
    },
    "A script that is not what was pinned": {
        "protocol/test_pinned_scripts.py": {
            "scripts that set-up rewrites": "scripts_that_set_up_rewrites_run_as_they_were_pinned",
            "the scripts' folder exchanged for a link": ("a_folder_that_set_up_exchanges_for_a_link_starts_nothing"),
            "the environment of production, for set-up": "set_up_never_sees_the_environment_of_production",
        },
    },
    "A change that is not seen at trust": {
        "core/test_trust_text.py": {
            "a tab in place of four blanks": "four_blanks_that_became_a_tab_are_a_change_that_can_be_seen",
            "blanks at the end, carriage returns and other white space": (
                "blanks_at_the_end_carriage_returns_and_other_white_space_can_be_seen"
            ),
            "bytes that are no UTF-8, against how they are written": "what_is_no_utf8_can_be_told_from_its_spelling",
            "any different bytes": "different_bytes_are_never_shown_alike",
        },
        "core/test_unseen.py": {
            "a command that hides which files it starts": "a_command_that_does_not_is_named_with_its_reason",
        },
        "protocol/test_trust.py": {
            "a script behind a linked folder": "a_script_behind_a_linked_folder_is_not_trusted",
            "a library that a script calls, where its folder is pinned": "folders_that_the_policy_names_are_pinned",
        },
    },
    "Processes that outlive their command": {
        "adapters/test_supervisor.py": {
            "a process of the tests in the background, deaf, or without its environment": (
                "what_may_leave_no_services_leaves_nothing_running_and_is_told_so"
            ),
        },
        "protocol/test_leftovers.py": {
            "a server of the tests, for the next run": (
                "a_server_that_the_tests_leave_behind_does_not_break_the_next_run"
            ),
            "a process of set-up, build or smoke tests": "only_what_deploys_leaves_services",
        },
    },
    "Git turned against its reader": {
        "adapters/git/test_hostile.py": {
            "hooks, filters, pagers, signers and helpers of a hostile configuration": (
                "a_whole_release_runs_nothing_of_a_hostile_repository"
            ),
            "submodules with commands": "submodules_are_not_asked_how_they_are",
            "variables that steer git": "nothing_of_the_daemons_own_environment_reaches_git",
            "a configuration that includes a pipe": (
                "a_configuration_that_includes_a_pipe_is_not_followed_for_the_remote"
            ),
            "a git that writes without end": "git_that_writes_without_end_is_ended",
        },
        "adapters/git/test_fetch.py": {
            "a branch called like an option": "a_branch_name_that_git_could_misread_never_reaches_it",
            "a remote that runs a program": "a_remote_that_runs_a_program_is_not_contacted",
            "a commit that was rewritten away": "a_commit_that_was_rewritten_away_is_no_longer_on_the_branch",
        },
        "adapters/git/test_tags.py": {
            "a tag called like an option": "a_tag_name_that_git_could_misread_never_reaches_it",
            "a tag moved to another commit": "a_moved_tag_is_found_out",
            "an edited tag": "an_edited_tag_does_not_verify",
            "a tag of another key": "a_tag_of_another_key_does_not_verify",
            "a message that looks like a signature": "a_message_cannot_pass_for_a_signature",
            "escape sequences in what the remote says": ("what_the_remote_says_is_shown_without_its_escape_sequences"),
        },
        "adapters/git/test_checkout.py": {
            "a tree that writes into the git folder": "a_tree_that_would_write_into_the_git_folder_is_not_fetched",
            "file names that are options, controls or commands": "hostile_file_names_are_checked_out_as_they_are",
        },
        "adapters/git/test_objects.py": {
            "a link in place of a file that is read": "a_symbolic_link_is_refused",
            "a file beyond any size": "a_file_beyond_the_limit_is_refused",
        },
    },
    "A history that is rewritten": {
        "protocol/test_history.py": {
            "a history rewritten from end to end": "a_history_that_was_rewritten_whole_is_found_through_the_tag",
            "a checkpoint of another key in the tag": "a_tag_with_a_checkpoint_of_another_key_is_found",
            "a checkpoint put into a tag of the working copy": (
                "a_note_that_somebody_puts_into_a_tag_of_the_working_copy_is_nobodys"
            ),
        },
        "protocol/test_signed_bundle.py": {
            "a signed approval exchanged, taken away or cut off in the store, and the bundle of that": (
                "an_approval_that_is_forged_in_the_store_is_found_through_the_tag"
            ),
        },
        "protocol/test_bundle.py": {
            "every change of an exported bundle": "every_change_of_a_bundle_is_found_and_named",
            "names that lead out of a bundle": "a_name_that_leads_out_of_a_tar_is_refused",
        },
        "adapters/store/test_tampering.py": {
            "an entry changed in the store": "a_changed_history_is_named",
            "two entries exchanged": "two_swapped_entries_are_named",
        },
    },
    "Edits beside the history": {
        "protocol/test_history_beside.py": {
            "a finding deleted, made low or closed, or a retired version taken out of the store": (
                "what_was_edited_beside_the_chain_is_found"
            ),
            "an edit that later entries seem to confirm": "an_edit_is_still_found_after_the_history_has_gone_on",
            "the whole history of another project": "a_history_of_another_project_is_found",
            "an older copy of everything, with its open question": "an_older_copy_of_everything_deploys_nothing_again",
            "an older copy, with a new release": "a_history_that_is_older_than_the_tags_prove_asks_nobody",
        },
        "core/test_notices.py": {
            "links and mentions in what people are told": "an_agents_words_make_no_links_and_no_mentions",
        },
        "core/test_masking.py": {
            "a secret with colours, line ends or the bytes of UTF-16 inside, or in a dump": (
                "a_value_that_is_broken_up_is_masked"
            ),
            "a secret in SQL, CSV and quoted-printable": "quotes_of_sql_and_csv_and_quoted_printable_are_masked",
        },
    },
    "The ways in": {
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
            "a name that the caller gives itself": "who_asks_is_known_from_the_system",
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
            "a body without end": "a_body_over_the_limit_is_refused",
        },
        "front/http/test_oauth.py": {
            "tokens of another issuer, for another audience, unsigned, outdated": "any_other_token_is_refused",
        },
        "fuzz/test_fuzz.py": {
            "malformed, reordered and interleaved messages": "hostile_clients_harm_nobody_and_learn_nothing",
        },
    },
    "A flood of connections": {
        "front/http/test_floods.py": {
            "a thousand silent connections on a socket or before TLS, while production is rolled back": (
                "a_flood_of_silent_connections_disturbs_neither_a_rollback_nor_people"
            ),
        },
        "front/test_connections.py": {
            "connections of one user, to keep others out": "one_user_leaves_room_for_others",
            "silent ones, to keep new ones out": "the_oldest_that_has_not_said_who_it_is_makes_room",
            "no file left for another connection": "accepting_goes_on_where_the_system_had_no_room",
        },
    },
    "Deploying past Sentinel, where a guard is installed": {
        "core/guard/test_judge.py": {
            "a deployment in a pipe, a subshell, `bash -c`, `xargs`, `sudo`, an alias, a here-document, base64, behind "
            "redirections, by a nameref, within tar, awk, sed, sqlite3 or socat, in a Makefile written first …": (
                "a_deployment_outside_sentinel_is_refused_however_it_is_written"
            ),
            "a text made so that its reading takes long": "a_text_made_to_take_long_is_decided_all_the_same",
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
            "the guard's program taken away": "a_hook_whose_program_is_gone_lets_nothing_run",
            "a release tag pushed by hand": (
                "a_push_of_a_release_tag_by_hand_is_refused_and_found_and_sentinels_own_is_not"
            ),
            "made up refusals, with lines of their own and without end": (
                "whoever_reports_a_refusal_writes_no_lines_of_their_own_and_fills_no_list"
            ),
        },
    },
    "The guard kept from looking": {
        "protocol/test_guard_odd.py": {
            "a pipe, a folder or a device in place of the policy": (
                "a_policy_that_is_no_file_neither_stops_nor_opens_the_guard"
            ),
            "a pipe in place of the policy, to stop the daemon": (
                "a_pipe_in_place_of_the_policy_does_not_stop_the_daemon"
            ),
            "closed streams": "a_hook_that_cannot_read_or_speak_refuses",
            "a daemon that hangs or drips": "a_daemon_that_hangs_is_not_waited_for",
        },
    },
    "Secrets": {
        "protocol/test_secret_files.py": {
            "tests, git, a scanner, production and an agent that quote a password of production's": (
                "whatever_quotes_the_password_of_production_shows_it_nowhere"
            ),
        },
        "protocol/test_secrets.py": {
            "a script that prints its token, plain and encoded": (
                "a_script_that_prints_its_token_in_every_form_leaks_it_nowhere"
            ),
            "a secret of another project": "a_secret_of_another_project_is_refused",
        },
        "adapters/test_environment.py": {
            "the daemon's own settings asked for by name, and its PATH": (
                "the_daemons_own_settings_and_path_never_leak_even_by_name"
            ),
        },
        "adapters/test_supervisor.py": {
            "secrets looked for on the disk": "secrets_of_the_environment_do_not_stay_on_the_disk",
        },
    },
    "Separated mode, by real users": {
        "separated/test_agents.py": {
            "an agent with a shell at state, keys, store, artifacts, credentials and sockets": (
                "an_agent_reaches_only_the_agent_socket"
            ),
            "a client that fills in the form by itself, where the policy allows forms": (
                "a_client_that_fills_forms_in_by_itself_approves_nothing"
            ),
            "a claim to be another project": "a_claim_only_chooses_among_registered_projects",
            "an agent's user made an operator": "who_is_in_both_groups_is_no_operator",
            "a session that is older than the loss of its rights": (
                "who_left_the_group_is_no_operator_even_with_an_old_session"
            ),
        },
        "separated/test_builds.py": {
            "a build at the daemon's files, processes and results": "a_build_reaches_nothing_of_the_daemon",
            "git settings that a build leaves behind": "git_settings_that_a_build_leaves_behind_are_obeyed_by_nobody",
            "a build that changes what it was given": "a_build_that_changes_its_clone_is_no_release",
            "files that nobody can read or remove": (
                "what_a_build_makes_unreadable_is_released_and_removed_all_the_same"
            ),
        },
        "separated/test_trees.py": {
            "a folder exchanged for a link while a checkout is handed over": (
                "a_folder_exchanged_for_a_link_during_the_hand_over_opens_nothing_else"
            ),
            "the same while an old checkout is removed": (
                "a_folder_exchanged_for_a_link_during_its_removal_loses_nothing_else"
            ),
            "the same while artifacts are collected": (
                "a_folder_exchanged_for_a_link_during_the_collection_adds_nothing_else"
            ),
        },
        "separated/test_pinned.py": {
            "a staged service that exchanges the script that tests it": (
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
            "a staged service at the checkouts of builds": (
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
