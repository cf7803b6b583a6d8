CREATE TABLE kept_answer (
	actor TEXT NOT NULL,
	"key" TEXT NOT NULL,
	asked BLOB NOT NULL,
	at INTEGER NOT NULL,
	status INTEGER,
	body TEXT,
	CONSTRAINT pk_kept_answer PRIMARY KEY (actor, "key")
)
 STRICT
-- next
CREATE INDEX ix_kept_answer_at ON kept_answer (at)
-- next
CREATE TABLE report_draft (
	person TEXT NOT NULL,
	kind TEXT NOT NULL,
	site TEXT NOT NULL,
	fields TEXT NOT NULL,
	saved_at INTEGER NOT NULL,
	CONSTRAINT pk_report_draft PRIMARY KEY (person, kind, site)
)
 STRICT
-- next
CREATE INDEX ix_report_draft_saved_at ON report_draft (saved_at)
-- next
CREATE TABLE kept_upload (
	id TEXT NOT NULL,
	person TEXT NOT NULL,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	day TEXT NOT NULL,
	file BLOB NOT NULL,
	kept_at INTEGER NOT NULL,
	CONSTRAINT pk_kept_upload PRIMARY KEY (id)
)
 STRICT
-- next
CREATE INDEX ix_kept_upload_kept_at ON kept_upload (kept_at)
-- next
CREATE INDEX ix_kept_upload_person ON kept_upload (person)
-- next
CREATE TABLE finding_event (
	id INTEGER NOT NULL,
	finding TEXT NOT NULL,
	rule TEXT NOT NULL,
	subject TEXT NOT NULL,
	first_day TEXT NOT NULL,
	last_day TEXT NOT NULL,
	evidence_rows INTEGER NOT NULL,
	event TEXT NOT NULL CONSTRAINT ck_finding_event_event CHECK (event IN ('accepted', 'opened', 'closed')),
	reason TEXT DEFAULT '' NOT NULL,
	owner TEXT DEFAULT '' NOT NULL,
	due TEXT DEFAULT '' NOT NULL,
	proof TEXT DEFAULT '' NOT NULL,
	proof_sha256 TEXT DEFAULT '' NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	actor TEXT NOT NULL,
	recorded_at INTEGER NOT NULL,
	CONSTRAINT pk_finding_event PRIMARY KEY (id)
)
 STRICT
-- next
CREATE INDEX ix_finding_event_finding ON finding_event (finding)
-- next
CREATE TABLE job (
	id INTEGER NOT NULL,
	kind TEXT NOT NULL,
	actor TEXT NOT NULL,
	"key" TEXT,
	arguments TEXT NOT NULL,
	state TEXT NOT NULL,
	asked_at INTEGER NOT NULL,
	begun_at INTEGER,
	ended_at INTEGER,
	lease_until INTEGER,
	claim TEXT DEFAULT '' NOT NULL,
	tries INTEGER DEFAULT '0' NOT NULL,
	share_micro INTEGER DEFAULT '0' NOT NULL,
	says TEXT DEFAULT '[]' NOT NULL,
	cancel_asked INTEGER DEFAULT '0' NOT NULL,
	result TEXT,
	file_name TEXT DEFAULT '' NOT NULL,
	file BLOB,
	CONSTRAINT pk_job PRIMARY KEY (id),
	CONSTRAINT uq_job_actor_kind_key UNIQUE (actor, kind, "key")
)
 STRICT
-- next
CREATE INDEX ix_job_ended_at ON job (ended_at)
-- next
CREATE INDEX ix_job_state ON job (state)
-- next
CREATE TABLE local_fact (
	place TEXT NOT NULL,
	fact TEXT NOT NULL,
	since TEXT NOT NULL,
	value_micro INTEGER NOT NULL CONSTRAINT ck_local_fact_value CHECK (value_micro >= 0),
	reason TEXT DEFAULT '' NOT NULL,
	said_by TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_local_fact PRIMARY KEY (place, fact, since)
)
 STRICT
-- next
CREATE TABLE draft (
	id TEXT NOT NULL,
	kind TEXT NOT NULL,
	actor TEXT NOT NULL,
	changed_at INTEGER NOT NULL,
	body TEXT NOT NULL,
	CONSTRAINT pk_draft PRIMARY KEY (id)
)
 STRICT
-- next
CREATE TABLE "plan" (
	id TEXT NOT NULL,
	date TEXT NOT NULL,
	status TEXT NOT NULL,
	drafted_by TEXT NOT NULL,
	drafted_at INTEGER NOT NULL,
	document INTEGER NOT NULL,
	snapshot_digest TEXT NOT NULL,
	policy_digest TEXT NOT NULL,
	versions TEXT NOT NULL,
	CONSTRAINT pk_plan PRIMARY KEY (id)
)
 STRICT
-- next
CREATE TABLE budget (
	bucket TEXT NOT NULL,
	amount_micro INTEGER NOT NULL CONSTRAINT ck_budget_amount CHECK (amount_micro >= 0),
	since TEXT DEFAULT '' NOT NULL,
	until TEXT DEFAULT '' NOT NULL,
	items TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_budget PRIMARY KEY (bucket)
)
 STRICT
-- next
CREATE TABLE sender_header (
	sender TEXT NOT NULL,
	fingerprint TEXT NOT NULL,
	header TEXT NOT NULL,
	means TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_sender_header PRIMARY KEY (sender, fingerprint, header)
)
 STRICT
-- next
CREATE TABLE sender_name (
	sender TEXT NOT NULL,
	about TEXT NOT NULL CONSTRAINT ck_sender_name_about CHECK (about IN ('item', 'site', 'partner')),
	said TEXT NOT NULL,
	code TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_sender_name PRIMARY KEY (sender, about, said)
)
 STRICT
-- next
CREATE TABLE sign_in_failure (
	id_hash BLOB NOT NULL,
	failures INTEGER NOT NULL,
	last_at INTEGER NOT NULL,
	CONSTRAINT pk_sign_in_failure PRIMARY KEY (id_hash)
)
 STRICT
-- next
CREATE INDEX ix_sign_in_failure_last_at ON sign_in_failure (last_at)
-- next
CREATE TABLE saved_view (
	person TEXT NOT NULL,
	name TEXT NOT NULL,
	address TEXT NOT NULL,
	saved_at INTEGER NOT NULL,
	CONSTRAINT pk_saved_view PRIMARY KEY (person, name)
)
 STRICT
-- next
CREATE TABLE witness (
	name TEXT NOT NULL,
	kind TEXT NOT NULL CONSTRAINT ck_witness_kind CHECK (kind IN ('folder', 'url', 'hand')),
	place TEXT DEFAULT '' NOT NULL,
	vkey TEXT DEFAULT '' NOT NULL,
	silent_hours INTEGER NOT NULL CONSTRAINT ck_witness_silent_hours CHECK (silent_hours > 0),
	active INTEGER DEFAULT '1' NOT NULL,
	CONSTRAINT pk_witness PRIMARY KEY (name)
)
 STRICT
-- next
CREATE TABLE person (
	id TEXT NOT NULL,
	name TEXT DEFAULT '' NOT NULL,
	name_zh TEXT DEFAULT '' NOT NULL,
	active INTEGER DEFAULT '1' NOT NULL,
	CONSTRAINT pk_person PRIMARY KEY (id)
)
 STRICT
-- next
CREATE TABLE area (
	code TEXT NOT NULL,
	name TEXT DEFAULT '' NOT NULL,
	name_zh TEXT DEFAULT '' NOT NULL,
	parent TEXT,
	CONSTRAINT pk_area PRIMARY KEY (code),
	CONSTRAINT fk_area_parent FOREIGN KEY(parent) REFERENCES area (code)
)
 STRICT
-- next
CREATE TABLE partner (
	code TEXT NOT NULL,
	kind TEXT CONSTRAINT ck_partner_kind CHECK (kind IN ('supplier', 'donor', 'upper_level')),
	name TEXT DEFAULT '' NOT NULL,
	name_zh TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_partner PRIMARY KEY (code)
)
 STRICT
-- next
CREATE TABLE location (
	id INTEGER NOT NULL,
	code TEXT NOT NULL,
	kind TEXT NOT NULL,
	sign INTEGER NOT NULL CONSTRAINT ck_location_sign CHECK (sign IN (-1, 1)),
	parent INTEGER,
	name TEXT DEFAULT '' NOT NULL,
	name_zh TEXT DEFAULT '' NOT NULL,
	site_kind TEXT DEFAULT '' NOT NULL,
	area TEXT DEFAULT '' NOT NULL,
	lat_micro INTEGER,
	lon_micro INTEGER,
	tier TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_location PRIMARY KEY (id),
	CONSTRAINT uq_location_code UNIQUE (code),
	CONSTRAINT fk_location_parent FOREIGN KEY(parent) REFERENCES location (id)
)
 STRICT
-- next
CREATE INDEX ix_location_parent ON location (parent)
-- next
CREATE TABLE item (
	id INTEGER NOT NULL,
	code TEXT NOT NULL,
	name TEXT DEFAULT '' NOT NULL,
	name_zh TEXT DEFAULT '' NOT NULL,
	unit TEXT NOT NULL,
	pack_units INTEGER NOT NULL CONSTRAINT ck_item_pack_units CHECK (pack_units >= 1),
	pack_kg_micro INTEGER,
	pack_m3_micro INTEGER,
	use TEXT NOT NULL CONSTRAINT ck_item_use CHECK (use IN ('consumable', 'durable')),
	CONSTRAINT pk_item PRIMARY KEY (id),
	CONSTRAINT uq_item_code UNIQUE (code)
)
 STRICT
-- next
CREATE TABLE policy (
	id INTEGER NOT NULL,
	toml TEXT NOT NULL,
	actor TEXT NOT NULL,
	recorded_at INTEGER NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_policy PRIMARY KEY (id)
)
 STRICT
-- next
CREATE TABLE version (
	id INTEGER NOT NULL,
	subject TEXT NOT NULL,
	"key" TEXT NOT NULL,
	actor TEXT NOT NULL,
	recorded_at INTEGER NOT NULL,
	body TEXT NOT NULL,
	body_hash BLOB NOT NULL,
	CONSTRAINT pk_version PRIMARY KEY (id)
)
 STRICT
-- next
CREATE INDEX ix_version_subject_key ON version (subject, "key")
-- next
CREATE TABLE pending_seal (
	kind TEXT NOT NULL,
	ref INTEGER NOT NULL,
	CONSTRAINT pk_pending_seal PRIMARY KEY (kind, ref)
)
 WITHOUT ROWID,
 STRICT
-- next
CREATE TABLE leaf (
	position INTEGER NOT NULL,
	kind TEXT NOT NULL,
	ref INTEGER NOT NULL,
	hash BLOB NOT NULL,
	CONSTRAINT pk_leaf PRIMARY KEY (position),
	CONSTRAINT uq_leaf_kind_ref UNIQUE (kind, ref)
)
 STRICT
-- next
CREATE TABLE tree_tile (
	level INTEGER NOT NULL,
	position INTEGER NOT NULL,
	root BLOB NOT NULL,
	hashes BLOB NOT NULL,
	CONSTRAINT pk_tree_tile PRIMARY KEY (level, position)
)
 WITHOUT ROWID,
 STRICT
-- next
CREATE TABLE tree_head (
	size INTEGER NOT NULL,
	root BLOB NOT NULL,
	signed_at INTEGER NOT NULL,
	checkpoint TEXT NOT NULL,
	CONSTRAINT pk_tree_head PRIMARY KEY (size)
)
 STRICT
-- next
CREATE TABLE day_close (
	day TEXT NOT NULL,
	document INTEGER NOT NULL,
	actor TEXT NOT NULL,
	recorded_at INTEGER NOT NULL,
	tree_size INTEGER NOT NULL,
	CONSTRAINT pk_day_close PRIMARY KEY (day)
)
 STRICT
-- next
CREATE TABLE instance (
	id INTEGER NOT NULL CONSTRAINT ck_instance_one CHECK (id = 1),
	name TEXT NOT NULL,
	made_at INTEGER NOT NULL,
	lang TEXT DEFAULT '' NOT NULL,
	timezone TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_instance PRIMARY KEY (id)
)
 STRICT
-- next
CREATE TABLE driver (
	site INTEGER NOT NULL,
	driver TEXT NOT NULL,
	since TEXT DEFAULT '' NOT NULL,
	value_micro INTEGER NOT NULL CONSTRAINT ck_driver_value CHECK (value_micro >= 0),
	until TEXT DEFAULT '' NOT NULL,
	said_by TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_driver PRIMARY KEY (site, driver, since),
	CONSTRAINT fk_driver_site FOREIGN KEY(site) REFERENCES location (id)
)
 STRICT
-- next
CREATE TABLE fleet (
	site INTEGER NOT NULL,
	item INTEGER NOT NULL,
	held_units INTEGER NOT NULL,
	working_units INTEGER NOT NULL,
	counted_on TEXT DEFAULT '' NOT NULL,
	attrition_micro INTEGER,
	said_by TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_fleet PRIMARY KEY (site, item),
	CONSTRAINT ck_fleet_working CHECK (working_units BETWEEN 0 AND held_units),
	CONSTRAINT fk_fleet_site FOREIGN KEY(site) REFERENCES location (id),
	CONSTRAINT fk_fleet_item FOREIGN KEY(item) REFERENCES item (id)
)
 STRICT
-- next
CREATE TABLE plan_file (
	"plan" TEXT NOT NULL,
	name TEXT NOT NULL,
	content BLOB NOT NULL,
	CONSTRAINT pk_plan_file PRIMARY KEY ("plan", name),
	CONSTRAINT fk_plan_file_plan FOREIGN KEY("plan") REFERENCES "plan" (id)
)
 STRICT
-- next
CREATE TABLE plan_event (
	id INTEGER NOT NULL,
	"plan" TEXT NOT NULL,
	event TEXT NOT NULL,
	actor TEXT NOT NULL,
	recorded_at INTEGER NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_plan_event PRIMARY KEY (id),
	CONSTRAINT fk_plan_event_plan FOREIGN KEY("plan") REFERENCES "plan" (id)
)
 STRICT
-- next
CREATE INDEX ix_plan_event_plan ON plan_event ("plan")
-- next
CREATE TABLE plan_override (
	id INTEGER NOT NULL,
	"plan" TEXT NOT NULL,
	site TEXT NOT NULL,
	item TEXT NOT NULL,
	units INTEGER NOT NULL CONSTRAINT ck_plan_override_units CHECK (units >= 0),
	proposed_units INTEGER NOT NULL,
	reason TEXT NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	actor TEXT NOT NULL,
	recorded_at INTEGER NOT NULL,
	cancels INTEGER,
	carries INTEGER,
	CONSTRAINT pk_plan_override PRIMARY KEY (id),
	CONSTRAINT fk_plan_override_plan FOREIGN KEY("plan") REFERENCES "plan" (id),
	CONSTRAINT fk_plan_override_cancels FOREIGN KEY(cancels) REFERENCES plan_override (id),
	CONSTRAINT fk_plan_override_carries FOREIGN KEY(carries) REFERENCES plan_override (id)
)
 STRICT
-- next
CREATE INDEX ix_plan_override_plan ON plan_override ("plan")
-- next
CREATE TABLE offer (
	partner TEXT NOT NULL,
	item INTEGER NOT NULL,
	since TEXT DEFAULT '' NOT NULL,
	price_micro INTEGER NOT NULL CONSTRAINT ck_offer_price CHECK (price_micro >= 0),
	lead_days INTEGER NOT NULL CONSTRAINT ck_offer_lead_days CHECK (lead_days >= 0),
	units_per_week INTEGER,
	min_units INTEGER,
	until TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_offer PRIMARY KEY (partner, item, since),
	CONSTRAINT fk_offer_partner FOREIGN KEY(partner) REFERENCES partner (code),
	CONSTRAINT fk_offer_item FOREIGN KEY(item) REFERENCES item (id)
)
 STRICT
-- next
CREATE TABLE past_use (
	site INTEGER NOT NULL,
	item INTEGER NOT NULL,
	first_day TEXT NOT NULL,
	period_days INTEGER NOT NULL CONSTRAINT ck_past_use_period CHECK (period_days > 0),
	units TEXT NOT NULL,
	stockout TEXT NOT NULL,
	CONSTRAINT pk_past_use PRIMARY KEY (site, item),
	CONSTRAINT fk_past_use_site FOREIGN KEY(site) REFERENCES location (id),
	CONSTRAINT fk_past_use_item FOREIGN KEY(item) REFERENCES item (id)
)
 STRICT
-- next
CREATE TABLE purchase_order (
	id INTEGER NOT NULL,
	number TEXT NOT NULL,
	partner TEXT NOT NULL,
	CONSTRAINT pk_purchase_order PRIMARY KEY (id),
	CONSTRAINT uq_purchase_order_number UNIQUE (number),
	CONSTRAINT fk_purchase_order_partner FOREIGN KEY(partner) REFERENCES partner (code)
)
 STRICT
-- next
CREATE TABLE stock_report (
	site INTEGER NOT NULL,
	item INTEGER NOT NULL,
	month TEXT NOT NULL,
	opening_units INTEGER,
	received_units INTEGER,
	distributed_units INTEGER,
	adjustment_micro INTEGER,
	closing_units INTEGER,
	stockout_days INTEGER,
	ordered_units INTEGER,
	CONSTRAINT pk_stock_report PRIMARY KEY (site, item, month),
	CONSTRAINT fk_stock_report_site FOREIGN KEY(site) REFERENCES location (id),
	CONSTRAINT fk_stock_report_item FOREIGN KEY(item) REFERENCES item (id)
)
 STRICT
-- next
CREATE TABLE measure (
	item INTEGER NOT NULL,
	unit TEXT NOT NULL,
	"of" TEXT NOT NULL,
	amount_micro INTEGER NOT NULL CONSTRAINT ck_measure_amount CHECK (amount_micro > 0),
	CONSTRAINT pk_measure PRIMARY KEY (item, unit, "of"),
	CONSTRAINT fk_measure_item FOREIGN KEY(item) REFERENCES item (id)
)
 STRICT
-- next
CREATE TABLE password (
	person TEXT NOT NULL,
	hash TEXT NOT NULL,
	set_at INTEGER NOT NULL,
	CONSTRAINT pk_password PRIMARY KEY (person),
	CONSTRAINT fk_password_person FOREIGN KEY(person) REFERENCES person (id)
)
 STRICT
-- next
CREATE TABLE web_session (
	token_hash BLOB NOT NULL,
	person TEXT NOT NULL,
	made_at INTEGER NOT NULL,
	seen_at INTEGER NOT NULL,
	CONSTRAINT pk_web_session PRIMARY KEY (token_hash),
	CONSTRAINT fk_web_session_person FOREIGN KEY(person) REFERENCES person (id)
)
 STRICT
-- next
CREATE INDEX ix_web_session_person ON web_session (person)
-- next
CREATE TABLE api_token (
	token_hash BLOB NOT NULL,
	person TEXT NOT NULL,
	name TEXT NOT NULL,
	scopes TEXT NOT NULL,
	made_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	last_used INTEGER,
	revoked INTEGER NOT NULL,
	CONSTRAINT pk_api_token PRIMARY KEY (token_hash),
	CONSTRAINT uq_api_token_person_name UNIQUE (person, name),
	CONSTRAINT fk_api_token_person FOREIGN KEY(person) REFERENCES person (id)
)
 STRICT
-- next
CREATE TABLE cosignature (
	size INTEGER NOT NULL,
	witness TEXT NOT NULL,
	signature TEXT NOT NULL,
	CONSTRAINT pk_cosignature PRIMARY KEY (size, witness),
	CONSTRAINT fk_cosignature_size FOREIGN KEY(size) REFERENCES tree_head (size),
	CONSTRAINT fk_cosignature_witness FOREIGN KEY(witness) REFERENCES witness (name)
)
 WITHOUT ROWID,
 STRICT
-- next
CREATE INDEX ix_cosignature_witness ON cosignature (witness, size)
-- next
CREATE TABLE witness_contact (
	witness TEXT NOT NULL,
	tried_at INTEGER NOT NULL,
	why TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_witness_contact PRIMARY KEY (witness),
	CONSTRAINT fk_witness_contact_witness FOREIGN KEY(witness) REFERENCES witness (name)
)
 STRICT
-- next
CREATE TABLE grant_role (
	person TEXT NOT NULL,
	role TEXT NOT NULL,
	area TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_grant_role PRIMARY KEY (person, role, area),
	CONSTRAINT fk_grant_role_person FOREIGN KEY(person) REFERENCES person (id)
)
 STRICT
-- next
CREATE TABLE lane (
	depot INTEGER NOT NULL,
	site INTEGER NOT NULL,
	open INTEGER DEFAULT '1' NOT NULL,
	km_micro INTEGER,
	hours_micro INTEGER,
	max_kg_micro INTEGER,
	CONSTRAINT pk_lane PRIMARY KEY (depot, site),
	CONSTRAINT fk_lane_depot FOREIGN KEY(depot) REFERENCES location (id),
	CONSTRAINT fk_lane_site FOREIGN KEY(site) REFERENCES location (id)
)
 STRICT
-- next
CREATE TABLE depot (
	location INTEGER NOT NULL,
	max_kg_micro INTEGER,
	max_m3_micro INTEGER,
	max_stops INTEGER,
	vehicles INTEGER,
	vehicle_kg_micro INTEGER,
	shift_hours_micro INTEGER,
	stop_minutes_micro INTEGER,
	CONSTRAINT pk_depot PRIMARY KEY (location),
	CONSTRAINT fk_depot_location FOREIGN KEY(location) REFERENCES location (id)
)
 STRICT
-- next
CREATE TABLE substitute (
	item INTEGER NOT NULL,
	"by" INTEGER NOT NULL,
	units_per_unit_micro INTEGER NOT NULL,
	CONSTRAINT pk_substitute PRIMARY KEY (item, "by"),
	CONSTRAINT fk_substitute_item FOREIGN KEY(item) REFERENCES item (id),
	CONSTRAINT fk_substitute_by FOREIGN KEY("by") REFERENCES item (id)
)
 STRICT
-- next
CREATE TABLE lot (
	id INTEGER NOT NULL,
	item INTEGER NOT NULL,
	lot_no TEXT DEFAULT '' NOT NULL,
	expires TEXT DEFAULT '' NOT NULL,
	owner_fund TEXT DEFAULT '' NOT NULL,
	earmark TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_lot PRIMARY KEY (id),
	CONSTRAINT uq_lot_item_lot_no_expires_owner_fund_earmark UNIQUE (item, lot_no, expires, owner_fund, earmark),
	CONSTRAINT fk_lot_item FOREIGN KEY(item) REFERENCES item (id)
)
 STRICT
-- next
CREATE TABLE need (
	site INTEGER NOT NULL,
	item INTEGER NOT NULL,
	daily_units_micro INTEGER NOT NULL,
	reported_on TEXT DEFAULT '' NOT NULL,
	max_units INTEGER,
	CONSTRAINT pk_need PRIMARY KEY (site, item),
	CONSTRAINT fk_need_site FOREIGN KEY(site) REFERENCES location (id),
	CONSTRAINT fk_need_item FOREIGN KEY(item) REFERENCES item (id)
)
 STRICT
-- next
CREATE TABLE document (
	id INTEGER NOT NULL,
	idem_key TEXT NOT NULL,
	type TEXT NOT NULL,
	site INTEGER,
	actor TEXT NOT NULL,
	approver TEXT,
	occurred_at INTEGER NOT NULL,
	recorded_at INTEGER NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	refers_to INTEGER,
	reverses INTEGER,
	allocation TEXT,
	shipment TEXT,
	request_hash BLOB NOT NULL,
	body TEXT NOT NULL,
	body_hash BLOB NOT NULL,
	CONSTRAINT pk_document PRIMARY KEY (id),
	CONSTRAINT ck_document_approved_by_another CHECK (approver <> actor),
	CONSTRAINT uq_document_idem_key UNIQUE (idem_key),
	CONSTRAINT fk_document_site FOREIGN KEY(site) REFERENCES location (id),
	CONSTRAINT fk_document_refers_to FOREIGN KEY(refers_to) REFERENCES document (id),
	CONSTRAINT uq_document_reverses UNIQUE (reverses),
	CONSTRAINT fk_document_reverses FOREIGN KEY(reverses) REFERENCES document (id)
)
 STRICT
-- next
CREATE INDEX ix_document_allocation ON document (allocation) WHERE allocation IS NOT NULL
-- next
CREATE INDEX ix_document_emergency ON document (id) WHERE type = 'emergency'
-- next
CREATE INDEX ix_document_recorded_at ON document (recorded_at)
-- next
CREATE INDEX ix_document_refers_to ON document (refers_to) WHERE refers_to IS NOT NULL
-- next
CREATE INDEX ix_document_shipment ON document (shipment) WHERE shipment IS NOT NULL
-- next
CREATE TABLE countersignature (
	document INTEGER NOT NULL,
	actor TEXT NOT NULL,
	recorded_at INTEGER NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_countersignature PRIMARY KEY (document),
	CONSTRAINT fk_countersignature_document FOREIGN KEY(document) REFERENCES document (id)
)
 STRICT
-- next
CREATE TABLE purchase_line (
	purchase INTEGER NOT NULL,
	line INTEGER NOT NULL,
	item INTEGER NOT NULL,
	site INTEGER NOT NULL,
	units INTEGER NOT NULL CONSTRAINT ck_purchase_line_units CHECK (units > 0),
	arrives TEXT NOT NULL,
	price_micro INTEGER,
	budget TEXT DEFAULT '' NOT NULL,
	before_units INTEGER NOT NULL CONSTRAINT ck_purchase_line_before CHECK (before_units >= 0),
	CONSTRAINT pk_purchase_line PRIMARY KEY (purchase, line),
	CONSTRAINT fk_purchase_line_purchase FOREIGN KEY(purchase) REFERENCES purchase_order (id),
	CONSTRAINT fk_purchase_line_item FOREIGN KEY(item) REFERENCES item (id),
	CONSTRAINT fk_purchase_line_site FOREIGN KEY(site) REFERENCES location (id)
)
 WITHOUT ROWID,
 STRICT
-- next
CREATE TABLE purchase_event (
	id INTEGER NOT NULL,
	purchase INTEGER NOT NULL,
	status TEXT NOT NULL CONSTRAINT ck_purchase_event_status CHECK (status IN ('planned', 'ordered', 'shipped', 'arrived', 'cancelled')),
	day TEXT NOT NULL,
	arrives TEXT DEFAULT '' NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	document INTEGER,
	actor TEXT NOT NULL,
	recorded_at INTEGER NOT NULL,
	CONSTRAINT pk_purchase_event PRIMARY KEY (id),
	CONSTRAINT fk_purchase_event_purchase FOREIGN KEY(purchase) REFERENCES purchase_order (id),
	CONSTRAINT fk_purchase_event_document FOREIGN KEY(document) REFERENCES document (id)
)
 STRICT
-- next
CREATE INDEX ix_purchase_event_purchase ON purchase_event (purchase)
-- next
CREATE TABLE purchase_receipt (
	document INTEGER NOT NULL,
	purchase INTEGER NOT NULL,
	CONSTRAINT pk_purchase_receipt PRIMARY KEY (document),
	CONSTRAINT fk_purchase_receipt_document FOREIGN KEY(document) REFERENCES document (id),
	CONSTRAINT fk_purchase_receipt_purchase FOREIGN KEY(purchase) REFERENCES purchase_order (id)
)
 STRICT
-- next
CREATE INDEX ix_purchase_receipt_purchase ON purchase_receipt (purchase)
-- next
CREATE TABLE move (
	document INTEGER NOT NULL,
	line INTEGER NOT NULL,
	from_location INTEGER NOT NULL,
	to_location INTEGER NOT NULL,
	lot INTEGER NOT NULL,
	units INTEGER NOT NULL,
	at INTEGER NOT NULL,
	from_after INTEGER NOT NULL,
	to_after INTEGER NOT NULL,
	counters INTEGER,
	CONSTRAINT pk_move PRIMARY KEY (document, line),
	CONSTRAINT ck_move_units CHECK (units > 0 AND units <= 1000000000000000000),
	CONSTRAINT ck_move_moves CHECK (from_location <> to_location),
	CONSTRAINT fk_move_document FOREIGN KEY(document) REFERENCES document (id),
	CONSTRAINT fk_move_counters FOREIGN KEY(counters) REFERENCES document (id)
)
 WITHOUT ROWID,
 STRICT
-- next
CREATE INDEX ix_move_counters ON move (counters) WHERE counters IS NOT NULL
-- next
CREATE INDEX ix_move_in ON move (lot, to_location, at, document, units)
-- next
CREATE INDEX ix_move_out ON move (lot, from_location, at, document, units)
-- next
CREATE TABLE counted (
	document INTEGER NOT NULL,
	line INTEGER NOT NULL,
	location INTEGER NOT NULL,
	item INTEGER NOT NULL,
	lot INTEGER,
	units INTEGER NOT NULL CONSTRAINT ck_counted_units CHECK (units >= 0),
	at INTEGER NOT NULL,
	CONSTRAINT pk_counted PRIMARY KEY (document, line),
	CONSTRAINT fk_counted_document FOREIGN KEY(document) REFERENCES document (id),
	CONSTRAINT fk_counted_location FOREIGN KEY(location) REFERENCES location (id),
	CONSTRAINT fk_counted_item FOREIGN KEY(item) REFERENCES item (id),
	CONSTRAINT fk_counted_lot FOREIGN KEY(lot) REFERENCES lot (id)
)
 WITHOUT ROWID,
 STRICT
-- next
CREATE INDEX ix_counted_location_item_at ON counted (location, item, at)
-- next
CREATE TABLE lot_mark (
	document INTEGER NOT NULL,
	lot INTEGER NOT NULL,
	mark TEXT NOT NULL CONSTRAINT ck_lot_mark_mark CHECK (mark IN ('recalled', 'cleared')),
	at INTEGER NOT NULL,
	CONSTRAINT pk_lot_mark PRIMARY KEY (document, lot),
	CONSTRAINT fk_lot_mark_document FOREIGN KEY(document) REFERENCES document (id),
	CONSTRAINT fk_lot_mark_lot FOREIGN KEY(lot) REFERENCES lot (id)
)
 WITHOUT ROWID,
 STRICT
-- next
CREATE INDEX ix_lot_mark_lot ON lot_mark (lot)
-- next
CREATE TABLE balance (
	location INTEGER NOT NULL,
	lot INTEGER NOT NULL,
	sign INTEGER NOT NULL,
	units INTEGER NOT NULL,
	last_at INTEGER NOT NULL,
	CONSTRAINT pk_balance PRIMARY KEY (location, lot),
	CONSTRAINT ck_balance_never_negative CHECK (units * sign BETWEEN 0 AND 1000000000000000000),
	CONSTRAINT fk_balance_location FOREIGN KEY(location) REFERENCES location (id),
	CONSTRAINT fk_balance_lot FOREIGN KEY(lot) REFERENCES lot (id)
)
 WITHOUT ROWID,
 STRICT
-- next
CREATE INDEX ix_balance_lot ON balance (lot)
-- next
CREATE TABLE open_exception (
	document INTEGER NOT NULL,
	explained_by INTEGER,
	CONSTRAINT pk_open_exception PRIMARY KEY (document),
	CONSTRAINT fk_open_exception_document FOREIGN KEY(document) REFERENCES document (id),
	CONSTRAINT fk_open_exception_explained_by FOREIGN KEY(explained_by) REFERENCES document (id)
)
 STRICT
-- next
CREATE TRIGGER never_update_document BEFORE UPDATE ON document BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_document BEFORE DELETE ON document BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_document BEFORE INSERT ON document WHEN EXISTS (SELECT 1 FROM document WHERE id = NEW.id) OR EXISTS (SELECT 1 FROM document WHERE idem_key = NEW.idem_key) OR EXISTS (SELECT 1 FROM document WHERE reverses = NEW.reverses) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_move BEFORE UPDATE ON move BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_move BEFORE DELETE ON move BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_move BEFORE INSERT ON move WHEN EXISTS (SELECT 1 FROM move WHERE document = NEW.document AND line = NEW.line) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_counted BEFORE UPDATE ON counted BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_counted BEFORE DELETE ON counted BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_counted BEFORE INSERT ON counted WHEN EXISTS (SELECT 1 FROM counted WHERE document = NEW.document AND line = NEW.line) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_lot_mark BEFORE UPDATE ON lot_mark BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_lot_mark BEFORE DELETE ON lot_mark BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_lot_mark BEFORE INSERT ON lot_mark WHEN EXISTS (SELECT 1 FROM lot_mark WHERE document = NEW.document AND lot = NEW.lot) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_version BEFORE UPDATE ON version BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_version BEFORE DELETE ON version BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_version BEFORE INSERT ON version WHEN EXISTS (SELECT 1 FROM version WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_leaf BEFORE UPDATE ON leaf BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_leaf BEFORE DELETE ON leaf BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_leaf BEFORE INSERT ON leaf WHEN EXISTS (SELECT 1 FROM leaf WHERE position = NEW.position) OR EXISTS (SELECT 1 FROM leaf WHERE kind = NEW.kind AND ref = NEW.ref) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_tree_tile BEFORE UPDATE ON tree_tile BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_tree_tile BEFORE DELETE ON tree_tile BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_tree_tile BEFORE INSERT ON tree_tile WHEN EXISTS (SELECT 1 FROM tree_tile WHERE level = NEW.level AND position = NEW.position) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_tree_head BEFORE UPDATE ON tree_head BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_tree_head BEFORE DELETE ON tree_head BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_tree_head BEFORE INSERT ON tree_head WHEN EXISTS (SELECT 1 FROM tree_head WHERE size = NEW.size) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_policy BEFORE UPDATE ON policy BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_policy BEFORE DELETE ON policy BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_policy BEFORE INSERT ON policy WHEN EXISTS (SELECT 1 FROM policy WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_plan_event BEFORE UPDATE ON plan_event BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_plan_event BEFORE DELETE ON plan_event BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_plan_event BEFORE INSERT ON plan_event WHEN EXISTS (SELECT 1 FROM plan_event WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_plan_override BEFORE UPDATE ON plan_override BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_plan_override BEFORE DELETE ON plan_override BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_plan_override BEFORE INSERT ON plan_override WHEN EXISTS (SELECT 1 FROM plan_override WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_purchase_order BEFORE UPDATE ON purchase_order BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_purchase_order BEFORE DELETE ON purchase_order BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_purchase_order BEFORE INSERT ON purchase_order WHEN EXISTS (SELECT 1 FROM purchase_order WHERE id = NEW.id) OR EXISTS (SELECT 1 FROM purchase_order WHERE number = NEW.number) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_purchase_line BEFORE UPDATE ON purchase_line BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_purchase_line BEFORE DELETE ON purchase_line BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_purchase_line BEFORE INSERT ON purchase_line WHEN EXISTS (SELECT 1 FROM purchase_line WHERE purchase = NEW.purchase AND line = NEW.line) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_purchase_event BEFORE UPDATE ON purchase_event BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_purchase_event BEFORE DELETE ON purchase_event BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_purchase_event BEFORE INSERT ON purchase_event WHEN EXISTS (SELECT 1 FROM purchase_event WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_purchase_receipt BEFORE UPDATE ON purchase_receipt BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_purchase_receipt BEFORE DELETE ON purchase_receipt BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_purchase_receipt BEFORE INSERT ON purchase_receipt WHEN EXISTS (SELECT 1 FROM purchase_receipt WHERE document = NEW.document) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_cosignature BEFORE UPDATE ON cosignature BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_cosignature BEFORE DELETE ON cosignature BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_cosignature BEFORE INSERT ON cosignature WHEN EXISTS (SELECT 1 FROM cosignature WHERE size = NEW.size AND witness = NEW.witness) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_finding_event BEFORE UPDATE ON finding_event BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_finding_event BEFORE DELETE ON finding_event BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_finding_event BEFORE INSERT ON finding_event WHEN EXISTS (SELECT 1 FROM finding_event WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_update_countersignature BEFORE UPDATE ON countersignature BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_delete_countersignature BEFORE DELETE ON countersignature BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER never_replace_countersignature BEFORE INSERT ON countersignature WHEN EXISTS (SELECT 1 FROM countersignature WHERE document = NEW.document) BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
-- next
CREATE TRIGGER approved_by_another BEFORE INSERT ON plan_event WHEN NEW.event = 'approved' AND (NEW.actor <> 'local' OR EXISTS (SELECT 1 FROM person)) AND ( EXISTS (SELECT 1 FROM plan WHERE id = NEW.plan AND drafted_by = NEW.actor) OR EXISTS (SELECT 1 FROM plan_override WHERE plan = NEW.plan AND actor = NEW.actor) ) BEGIN SELECT RAISE(ABORT, 'a plan is approved by a person who neither drafted nor overrode it'); END
-- next
CREATE TRIGGER signed_by_another BEFORE INSERT ON countersignature WHEN NOT EXISTS ( SELECT 1 FROM document WHERE id = NEW.document AND type = 'emergency' AND actor <> NEW.actor ) BEGIN SELECT RAISE(ABORT, 'an emergency issue is countersigned by a person who did not post it'); END
-- next
CREATE TRIGGER closed_by_another BEFORE INSERT ON finding_event WHEN NEW.event IN ('accepted', 'closed') AND EXISTS ( SELECT 1 FROM finding_event AS opened WHERE opened.id = (SELECT MAX(id) FROM finding_event WHERE finding = NEW.finding AND event = 'opened') AND (opened.actor = NEW.actor OR opened.owner = NEW.actor) AND ( NEW.event = 'closed' OR opened.id = (SELECT MAX(id) FROM finding_event WHERE finding = NEW.finding) ) ) BEGIN SELECT RAISE(ABORT, 'a finding is closed by a person who neither opened it nor was to mend it'); END
-- next
CREATE TRIGGER never_redraft_plan BEFORE UPDATE OF id, date, drafted_by, drafted_at, document, snapshot_digest, policy_digest, versions ON plan BEGIN SELECT RAISE(ABORT, 'the ledger is written once: reverse the document instead'); END
