"""Attempts at what is built and run: trees, scripts, processes, git and secrets."""

from collections.abc import Mapping

WHAT_IS_BUILT: Mapping[str, Mapping[str, Mapping[str, str]]] = {
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
            "the remote's address replaced by that of a copy": (
                "a_remote_that_is_another_one_since_it_was_trusted_blocks_with_both_addresses"
            ),
            "the address that tags are pushed to replaced": "only_where_tags_go_was_changed",
            "a tag of the working copy alone, so that little seems to change": (
                "a_tag_that_the_remote_does_not_have_moves_neither_the_changes_nor_the_version"
            ),
            "a pushed tag, so that little seems to change": "a_pushed_tag_does_not_move_the_changes_either",
            "the remote's address replaced while a person reads it": (
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
        "core/candidate/test_changelog.py": {
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
        "core/policy/test_policy_hostile.py": {
            "a policy made to be slow to parse, deeply nested or misread": (
                "whatever_the_file_holds_is_refused_as_a_policy"
            ),
        },
        "protocol/test_production_request.py": {
            "artifacts changed and added, the tag moved and removed in the mirror": (
                "tampering_is_named_keeps_the_soak_and_blocks_the_next_release"
            ),
            "an artifact of another commit": "an_artifact_that_names_another_commit_fails_the_build",
            "a script replaced in the mirror, and what else changed since staging": (
                "what_has_changed_since_staging_blocks_production_and_keeps_the_soak"
            ),
        },
        "adapters/artifacts/test_artifacts.py": {
            "links and pipes in place of artifacts": "links_pipes_and_folders_are_refused_by_name",
            "an artifact's name with hidden characters": ("a_name_with_hidden_characters_is_refused_and_shown_escaped"),
            "a kept folder replaced by a link": "a_folder_swapped_for_a_link_counts_as_tampering",
        },
        "adapters/artifacts/test_artifacts_revision.py": {
            "an archive that unpacks endlessly": "an_archive_that_unpacks_without_end_is_given_up",
        },
    },
    "A script that is not what was pinned": {
        "protocol/test_pinned_scripts.py": {
            "scripts that set-up rewrites": "scripts_that_set_up_rewrites_run_as_they_were_pinned",
            "the scripts' folder replaced by a link": ("a_folder_that_set_up_exchanges_for_a_link_starts_nothing"),
            "a set-up that asks for the environment of production": "set_up_never_sees_the_environment_of_production",
        },
    },
    "Processes that outlive their command": {
        "adapters/supervisor/test_supervisor.py": {
            "a process that tests leave in the background, ignoring signals or without its environment": (
                "what_may_leave_no_services_leaves_nothing_running_and_is_told_so"
            ),
        },
        "protocol/test_leftovers.py": {
            "a server that tests leave for the next run": (
                "a_server_that_the_tests_leave_behind_does_not_break_the_next_run"
            ),
            "a process that set-up, build or smoke tests leave": "only_what_deploys_leaves_services",
        },
    },
    "A hostile repository": {
        "adapters/git/test_hostile.py": {
            "hooks, filters, pagers, signers and helpers of a hostile configuration": (
                "a_whole_release_runs_nothing_of_a_hostile_repository"
            ),
            "submodules with commands": "submodules_are_not_asked_how_they_are",
            "variables that control git": "nothing_of_the_daemons_own_environment_reaches_git",
            "a configuration that includes a pipe": (
                "a_configuration_that_includes_a_pipe_is_not_followed_for_the_remote"
            ),
            "a git that writes endlessly": "git_that_writes_without_end_is_ended",
        },
        "adapters/git/test_fetch.py": {
            "a branch named like an option": "a_branch_name_that_git_could_misread_never_reaches_it",
            "a remote that runs a program": "a_remote_that_runs_a_program_is_not_contacted",
            "a commit that was rewritten away": "a_commit_that_was_rewritten_away_is_no_longer_on_the_branch",
        },
        "adapters/git/test_tags.py": {
            "a tag named like an option": "a_tag_name_that_git_could_misread_never_reaches_it",
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
    "Secrets": {
        "protocol/test_secret_files.py": {
            "tests, git, a scanner, production and an agent that quote a production password": (
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
        "adapters/supervisor/test_supervisor.py": {
            "secrets looked for on the disk": "secrets_of_the_environment_do_not_stay_on_the_disk",
        },
    },
}
